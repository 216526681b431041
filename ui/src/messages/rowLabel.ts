// A row in one sentence, for screen readers.
import { locale, t } from "../i18n/index.svelte";
import type { MessageRow } from "../ipc";
import { rowDate } from "../lib/dates";
import { label } from "../lib/names";
import { isStarred, isUnread } from "./flags";

export function rowLabel(row: MessageRow, outgoing: boolean, now: number): string {
  const people = outgoing ? row.to : row.from;
  const who = label(people[0]) || t(outgoing ? "row.noRecipient" : "row.noSender");
  return [
    isUnread(row) && t("row.unread"),
    outgoing ? t("row.to", { names: who }) : who,
    row.subject || t("row.noSubject"),
    rowDate(row.date, now, locale()),
    row.has_attachments && t("row.attachment"),
    isStarred(row) && t("row.starred"),
  ]
    .filter(Boolean)
    .join(t("row.join"));
}
