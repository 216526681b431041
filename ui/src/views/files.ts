// Saving and opening what a message carries.
import { tn, t } from "../i18n/index.svelte";
import { ipc, pickFolder, pickSavePath } from "../ipc";
import type { Attachment } from "../ipc";
import type { MailState } from "./mail.svelte";

export async function openFile(mail: MailState, file: Attachment): Promise<void> {
  const token = mail.reader.opened?.token;
  if (token === undefined) return;
  await ipc.attachmentOpen(token, file.part).catch(mail.failed);
}

export async function saveFile(mail: MailState, file: Attachment): Promise<void> {
  const token = mail.reader.opened?.token;
  if (token === undefined) return;
  try {
    const path = await pickSavePath(file.name);
    if (path === null) return;
    await ipc.attachmentSave(token, file.part, path);
    mail.toasts.push({ text: t("reader.saved"), tone: "plain" });
  } catch (thrown) {
    mail.failed(thrown);
  }
}

export async function saveAll(mail: MailState, files: readonly Attachment[]): Promise<void> {
  const token = mail.reader.opened?.token;
  if (token === undefined) return;
  try {
    const folder = await pickFolder();
    if (folder === null) return;
    const saved = await ipc.attachmentsSave(
      token,
      files.map((file) => file.part),
      folder,
    );
    mail.toasts.push({ text: tn("files.savedAll", saved.length), tone: "plain" });
  } catch (thrown) {
    mail.failed(thrown);
  }
}

/** A file name from a subject: no path, no control, not too long. */
export function messageFileName(subject: string): string {
  const clean = subject
    .replace(/[\u0000-\u001f\u007f<>:"/\\|?*]/g, " ")
    .replace(/\s+/g, " ")
    .trim();
  const stem = [...clean]
    .slice(0, 80)
    .join("")
    .replace(/^[. ]+|[. ]+$/g, "");
  return `${stem || "message"}.eml`;
}

export async function saveMessage(mail: MailState): Promise<void> {
  const opened = mail.reader.opened;
  if (!opened) return;
  try {
    const path = await pickSavePath(messageFileName(opened.row.subject));
    if (path === null) return;
    await ipc.messageSave(opened.id, path);
    mail.toasts.push({ text: t("reader.saved"), tone: "plain" });
  } catch (thrown) {
    mail.failed(thrown);
  }
}
