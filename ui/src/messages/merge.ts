// Several folders as one list.
import type { ListIndex } from "../ipc";

/** One order of all messages, newest first. Each of the lists is in that order already. */
export function merged(lists: readonly ListIndex[]): Omit<ListIndex, "folder"> {
  const all = lists.flatMap(({ ids, dates }) => ids.map((id, n) => ({ id, date: dates[n] ?? 0 })));
  all.sort((a, b) => b.date - a.date || b.id - a.id);
  return {
    ids: all.map(({ id }) => id),
    dates: all.map(({ date }) => date),
    rows: lists.flatMap(({ rows }) => rows),
  };
}
