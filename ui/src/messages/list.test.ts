import { beforeEach, expect, test } from "vitest";
import { useBackend } from "../ipc";
import { FakeCore } from "../ipc/fake/core";
import { isStarred, isUnread } from "../lib/flags";
import { ListState } from "./list.svelte";
import { after, between } from "./selection";

const NOW = new Date(2026, 10, 24, 11, 0).getTime();
let core: FakeCore;
let list: ListState;

beforeEach(async () => {
  core = new FakeCore({ now: NOW });
  useBackend(core.backend());
  list = new ListState();
  await list.open({ kind: "folder", folder: 1 });
});
const calls = (name: string) => core.calls.filter(([called]) => called === name);
const first = (n: number) => list.ids[n]!;

test("a folder opens with its whole order and its first rows", () => {
  expect(list.phase).toBe("ready");
  expect(list.ids.length).toBe(252);
  expect(list.dates.length).toBe(252);
  expect(list.rows.size).toBe(60);
});

test("rows are fetched once, a hundred at a time", async () => {
  await list.need(0, 20);
  expect(calls("listRows")).toHaveLength(0);
  await list.need(100, 120);
  expect(calls("listRows")).toHaveLength(1);
  expect((calls("listRows")[0]![1] as number[]).length).toBe(100);
  await list.need(110, 190);
  expect(calls("listRows")).toHaveLength(1);
  expect(list.rows.get(first(150))?.id).toBe(first(150));
});

test("after a change rows are asked for again", async () => {
  await list.need(100, 120);
  await list.refresh();
  await list.need(100, 120);
  expect(calls("listRows")).toHaveLength(2);
});

test("selecting: one, several, a range, all", () => {
  list.select(first(2));
  expect(list.only).toBe(first(2));
  list.toggle(first(4));
  expect(list.chosen()).toEqual([first(2), first(4)]);
  list.toggle(first(2));
  expect(list.chosen()).toEqual([first(4)]);
  list.select(first(3));
  list.extend(first(6));
  expect(list.chosen()).toEqual([3, 4, 5, 6].map(first));
  list.extend(first(1));
  expect(list.chosen()).toEqual([1, 2, 3].map(first));
  list.all();
  expect(list.selected.size).toBe(252);
  list.collapse();
  expect(list.only).toBe(first(1));
});

test("stepping stops at both ends", () => {
  expect(list.step(1, false)).toBe(true);
  expect(list.only).toBe(first(0));
  expect(list.step(-1, false)).toBe(false);
  list.step(1000, false);
  expect(list.only).toBe(list.ids.at(-1));
  list.step(-2, true);
  expect(list.selected.size).toBe(3);
});

test("a removed row is gone at once and the next takes its place", async () => {
  list.select(first(3));
  const [gone, next] = [first(3), first(4)];
  const wish = list.focusWish;
  const { settle } = list.remove([gone]);
  expect(list.ids).not.toContain(gone);
  expect(list.only).toBe(next);
  expect(list.focusWish).toBe(wish + 1);
  // An answer that was on its way still has it: it stays hidden.
  await list.refresh();
  expect(list.ids).not.toContain(gone);
  // The core did not do it after all: it comes back.
  await settle();
  expect(list.ids).toContain(gone);
});

test("removing the last row selects the one before it, removing all selects none", () => {
  const last = list.ids.at(-1)!;
  const before = list.ids.at(-2)!;
  list.select(last);
  list.remove([last]);
  expect(list.only).toBe(before);
  list.all();
  list.remove(list.chosen());
  expect(list.ids).toEqual([]);
  expect(list.cursor).toBeUndefined();
  expect(list.selected.size).toBe(0);
});

test("removing a row that is not selected leaves the selection", () => {
  list.select(first(5));
  const kept = first(5);
  list.remove([first(1)]);
  expect(list.only).toBe(kept);
});

test("a mark shows at once and holds against older answers", async () => {
  const id = first(0);
  expect(isUnread(list.rows.get(id)!)).toBe(true);
  const { settle } = list.mark([id], { seen: true, flagged: null });
  expect(isUnread(list.rows.get(id)!)).toBe(false);
  list.mark([id], { seen: null, flagged: true });
  await list.refresh();
  expect(isUnread(list.rows.get(id)!)).toBe(false);
  expect(isStarred(list.rows.get(id)!)).toBe(true);
  await settle();
  expect(isUnread(list.rows.get(id)!)).toBe(true);
});

test("new mail keeps selection and is counted while the list is scrolled", async () => {
  list.select(first(7));
  const kept = first(7);
  list.atTop = false;
  const mail = structuredClone(core.mails[0]!);
  mail.row = { ...mail.row, id: 9999, date: NOW };
  core.deliver(mail);
  await list.refresh();
  expect(list.ids[0]).toBe(9999);
  expect(list.fresh).toBe(1);
  expect(list.arrived).toBe(1);
  expect(list.only).toBe(kept);
});

test("a message removed elsewhere leaves the selection, its neighbour gets the cursor", async () => {
  list.select(first(7));
  const [gone, next] = [first(7), first(8)];
  core.mails = core.mails.filter(({ row }) => row.id !== gone);
  await list.refresh();
  expect(list.selected.size).toBe(0);
  expect(list.cursor).toBe(next);
});

test("a late answer to an earlier question is dropped", async () => {
  const slow = list.open({ kind: "folder", folder: 4 });
  await list.open({ kind: "folder", folder: 5 });
  await slow;
  expect(list.ids.length).toBe(14);
});

test("a search lists what it found and how many there are", async () => {
  await list.open({ kind: "search", query: "hofer" });
  expect(list.ids.length).toBeGreaterThan(5);
  expect(list.total).toBe(list.ids.length);
  expect(list.ids.every((id) => list.rows.has(id))).toBe(true);
});

test("a list that cannot be read says so, and one that is shown stays", async () => {
  core.failing.set("listIndex", { code: "storage", message: "", params: {} });
  await list.refresh();
  expect(list.phase).toBe("ready");
  await list.open({ kind: "folder", folder: 4 });
  expect(list.phase).toBe("error");
});

test("places in a list", () => {
  expect(between([1, 2, 3, 4], 3, 1)).toEqual([2, 3, 4]);
  expect(between([1], -1, 0)).toEqual([]);
  expect(after([1, 2, 3], [1, 3], 2)).toBe(3);
  expect(after([1, 2, 3], [1], 3)).toBe(1);
  expect(after([1], [], 1)).toBeUndefined();
});
