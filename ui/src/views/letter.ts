// What the user does with the open message as a whole: on paper, away from its list, and read once more.
import { locale, t } from "../i18n/index.svelte";
import { ipc } from "../ipc";
import type { Unsubscribe } from "../ipc";
import { fullDate } from "../lib/dates";
import type { MailState } from "./mail.svelte";

/** Shows the system's dialog, which prints to a PDF as well. */
export async function printMessage(mail: MailState): Promise<void> {
  const opened = mail.reader.opened;
  if (!opened || opened.body === "missing") return;
  const words = {
    from: t("reader.from"),
    to: t("reader.toField"),
    cc: t("reader.cc"),
    date: t("reader.date"),
    when: fullDate(opened.row.date, locale()),
    untitled: t("row.noSubject"),
  };
  await ipc.messagePrint(opened.token, words).catch(mail.failed);
}

/** Leaves the list, as the user has confirmed: by one request, else where its page or a mail does it. */
export async function leaveList(mail: MailState, way: Unsubscribe["way"]): Promise<void> {
  const token = mail.reader.opened?.token;
  if (token === undefined) return;
  try {
    if (way !== "one-click") {
      await ipc.listOpen(token);
      return;
    }
    await ipc.listLeave(token);
    mail.toasts.push({ text: t("list.unsubscribed"), tone: "plain" });
  } catch (thrown) {
    mail.failed(thrown);
  }
}

/** Has a quarantined message read once more, as the user asked for it. */
export async function rereadMessage(mail: MailState): Promise<void> {
  const id = mail.reader.message;
  if (id === undefined) return;
  await ipc.messageRetry(id).catch(mail.failed);
  if (mail.reader.message === id) await mail.reader.show(id);
}
