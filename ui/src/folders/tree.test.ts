import { expect, test } from "vitest";
import type { Account, Folder, FolderRole } from "../ipc";
import { ACCOUNTS } from "../ipc/fake/mails";
import { folderTree } from "./tree";
import type { FolderNode } from "./tree";
import { parentOf, visibleRows } from "./visible";

let next = 1;
const folder = (path: string, role: FolderRole = "other", delimiter = "/"): Folder => ({
  id: next++,
  account: 1,
  path,
  name: delimiter ? path.split(delimiter).at(-1)! : path,
  delimiter,
  role,
  selectable: true,
  messages: 0,
  unread: 0,
});
const draw = (nodes: FolderNode[]): unknown[] =>
  nodes.map(({ folder: f, children }) => (children.length ? [f.path, draw(children)] : f.path));

test("roles come first in their order, then names as people sort them", () => {
  const folders = [
    folder("b10"),
    folder("Trash", "trash"),
    folder("b2"),
    folder("INBOX", "inbox"),
    folder("Sent", "sent"),
  ];
  expect(draw(folderTree(folders, "en"))).toEqual(["INBOX", "Sent", "Trash", "b2", "b10"]);
});

test("folders nest by the server's delimiter, and under INBOX they stand on their own", () => {
  const folders = [
    folder("INBOX", "inbox", "."),
    folder("INBOX.Work", "other", "."),
    folder("INBOX.Work.2026", "other", "."),
    folder("INBOX.Sent", "sent", "."),
  ];
  expect(draw(folderTree(folders, "en"))).toEqual(["INBOX", "INBOX.Sent", ["INBOX.Work", ["INBOX.Work.2026"]]]);
});

test("a folder whose parents are not listed is not lost", () => {
  expect(draw(folderTree([folder("a/b/c"), folder("a")], "en"))).toEqual([["a", ["a/b/c"]]]);
  expect(draw(folderTree([folder("x/y/z")], "en"))).toEqual(["x/y/z"]);
  expect(draw(folderTree([folder("a/b", "other", "")], "en"))).toEqual(["a/b"]);
});

test("what is folded is not seen, and a row knows the one that holds it", () => {
  const account = { ...ACCOUNTS[0], id: 1, email: "a@b.example" } as Account;
  const trees = new Map([[1, folderTree([folder("INBOX", "inbox"), folder("P"), folder("P/Q")], "en")]]);
  const open = visibleRows([account], trees, []);
  expect(open.map((row) => row.key)).toEqual(["a@b.example", "a@b.example/INBOX", "a@b.example/P", "a@b.example/P/Q"]);
  expect(open.map((row) => row.level)).toEqual([1, 2, 2, 3]);
  expect(parentOf(open, 3)).toBe(2);
  expect(parentOf(open, 1)).toBe(0);
  expect(visibleRows([account], trees, ["a@b.example/P"])).toHaveLength(3);
  expect(visibleRows([account], trees, ["a@b.example"])).toHaveLength(1);
});
