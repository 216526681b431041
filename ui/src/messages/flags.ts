// A message's flags by their names on the wire, and a mark laid over them.
import type { Mark, MessageRow } from "../ipc";

const SEEN = "\\Seen";
const FLAGGED = "\\Flagged";

export const isUnread = (row: MessageRow) => !row.flags.includes(SEEN);
export const isStarred = (row: MessageRow) => row.flags.includes(FLAGGED);

function put(flags: readonly string[], flag: string, on: boolean | null): readonly string[] {
  if (on === null || flags.includes(flag) === on) return flags;
  return on ? [...flags, flag] : flags.filter((other) => other !== flag);
}

/** The row as it is once the mark is made. */
export function withMark(row: MessageRow, mark: Mark | undefined): MessageRow {
  if (!mark) return row;
  const flags = put(put(row.flags, SEEN, mark.seen), FLAGGED, mark.flagged);
  return flags === row.flags ? row : { ...row, flags: [...flags] };
}
