// Conversations of the fake core.
import type { Conversation, MessageRow } from "..";
import { FOLDERS } from "./mails";
import type { FakeMail } from "./mails";

const thrown = new Set(FOLDERS.filter(({ role }) => role === "trash" || role === "junk").map(({ id }) => id));

/** Oldest first. */
export function conversationOf(mails: readonly FakeMail[], { thread, folder }: MessageRow): MessageRow[] {
  const rows = mails.map(({ row }) => row).filter((row) => row.thread === thread);
  return rows.filter((row) => row.folder === folder || !thrown.has(row.folder)).toSorted((a, b) => a.date - b.date);
}

export function membersOf(mails: readonly FakeMail[], row: MessageRow, everywhere: boolean): number[] {
  return conversationOf(mails, row)
    .filter(({ folder }) => everywhere || folder === row.folder)
    .map(({ id }) => id);
}

export function summaryOf(mails: readonly FakeMail[], row: MessageRow): Conversation {
  const rows = conversationOf(mails, row);
  const people = new Map(rows.flatMap(({ from }) => from.slice(0, 1)).map((person) => [person.email, person]));
  return {
    messages: rows.length,
    unread: rows.filter(({ flags }) => !flags.includes("\\Seen")).length,
    people: [...people.values()],
    flagged: rows.some(({ flags }) => flags.includes("\\Flagged")),
    has_attachments: rows.some((one) => one.has_attachments),
  };
}
