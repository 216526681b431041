// The sidebar's tree as the flat list of rows that are seen, in the order of the arrow keys.
import type { Account, Folder } from "../ipc";
import type { FolderNode } from "./tree";

interface Place {
  /** Unique among the rows; also the word under which folding is kept. */
  key: string;
  /** 1 for an account, 2 and more for folders. */
  level: number;
  /** `undefined` where there is nothing below. */
  open: boolean | undefined;
}
export type SideRow = Place & ({ kind: "account"; account: Account } | { kind: "folder"; folder: Folder });

export function visibleRows(
  accounts: readonly Account[],
  trees: ReadonlyMap<number, FolderNode[]>,
  folded: readonly string[],
  inboxes?: Folder,
): SideRow[] {
  const shut = new Set(folded);
  const rows: SideRow[] = [];
  const walk = (nodes: readonly FolderNode[], account: Account, level: number) => {
    for (const { folder, children } of nodes) {
      const key = `${account.email}/${folder.path}`;
      const open = children.length > 0 ? !shut.has(key) : undefined;
      rows.push({ kind: "folder", key, level, open, folder });
      if (open) walk(children, account, level + 1);
    }
  };
  if (inboxes) rows.push({ kind: "folder", key: "inboxes", level: 1, open: undefined, folder: inboxes });
  for (const account of accounts) {
    const open = !shut.has(account.email);
    rows.push({ kind: "account", key: account.email, level: 1, open, account });
    if (open) walk(trees.get(account.id) ?? [], account, 2);
  }
  return rows;
}

/** The row above that holds this one. */
export function parentOf(rows: readonly SideRow[], at: number): number {
  const level = rows[at]?.level ?? 0;
  return rows.findLastIndex((row, n) => n < at && row.level < level);
}
