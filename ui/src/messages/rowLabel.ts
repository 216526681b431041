// A row in one sentence, for screen readers.
import { locale, t } from "../i18n/index.svelte";
import type { MessageRow } from "../ipc";
import { rowDate } from "../lib/dates";
import { label } from "../lib/names";
import { isStarred, isUnread } from "../lib/flags";
import { count, writers } from "./writers";

export function rowLabel(row: MessageRow, outgoing: boolean, now: number): string {
  const who = outgoing ? label(row.to[0]) || t("row.noRecipient") : writers(row) || t("row.noSender");
  return [
    isUnread(row) && t("row.unread"),
    outgoing ? t("row.to", { names: who }) : who,
    row.subject || t("row.noSubject"),
    rowDate(row.date, now, locale()),
    count(row) > 1 && t("row.messages", { n: count(row) }),
    (row.conversation ?? row).has_attachments && t("row.attachment"),
    isStarred(row) && t("row.starred"),
  ]
    .filter(Boolean)
    .join(t("row.join"));
}
