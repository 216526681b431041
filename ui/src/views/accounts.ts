// What the window shows once an account came, went, or got a new password.
import { t } from "../i18n/index.svelte";
import { ALL_INBOXES } from "../i18n/folders";
import type { MailState } from "./mail.svelte";

/** A new password was taken: the sync that waited for it is under way. */
export function passwordKept(mail: MailState): void {
  mail.password = undefined;
  mail.toasts.push({ text: t("account.passwordSaved"), tone: "plain" });
}

/** An account was added: shows its inbox. */
export async function accountAdded(mail: MailState, account: number): Promise<void> {
  mail.adding = false;
  // What failed will be asked again by the next event.
  await mail.folders.load().catch(() => undefined);
  const inbox = mail.folders.withRole(account, "inbox");
  if (inbox) await mail.openFolder(inbox.id);
  else if (mail.folder === undefined) await mail.openDefault();
}

/** An account was removed: what was open of it goes. */
export async function accountRemoved(mail: MailState, account: number): Promise<void> {
  const wasOpen = mail.current?.account === account || mail.folder === ALL_INBOXES;
  await mail.folders.load();
  if (!wasOpen) return;
  mail.reader.close();
  mail.folder = undefined;
  await mail.openDefault();
}
