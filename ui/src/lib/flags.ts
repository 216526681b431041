// A message's flags by their names on the wire, and a mark laid over them.
import type { Mark, MessageRow } from "../ipc";

const SEEN = "\\Seen";
const FLAGGED = "\\Flagged";

/** In a list by conversation: whether any of its messages is. */
export const isUnread = ({ conversation, flags }: MessageRow) =>
  conversation ? conversation.unread > 0 : !flags.includes(SEEN);
export const isStarred = ({ conversation, flags }: MessageRow) => conversation?.flagged ?? flags.includes(FLAGGED);

function put(flags: readonly string[], flag: string, on: boolean | null): readonly string[] {
  if (on === null || flags.includes(flag) === on) return flags;
  return on ? [...flags, flag] : flags.filter((other) => other !== flag);
}

/** The row as it is once the mark is made. */
export function withMark(row: MessageRow, mark: Mark | undefined): MessageRow {
  if (!mark) return row;
  const flags = put(put(row.flags, SEEN, mark.seen), FLAGGED, mark.flagged);
  const all = row.conversation;
  const conversation = all && {
    ...all,
    unread: mark.seen === null ? all.unread : mark.seen ? 0 : Math.max(1, all.unread),
    flagged: mark.flagged ?? all.flagged,
  };
  return flags === row.flags && !all ? row : { ...row, flags: [...flags], conversation };
}
