// What to do once this computer's disk may take mail again.
import { ipc } from "../ipc";
import type { MailState } from "./mail.svelte";

/** Tries every account again; the bar comes back if the disk still refuses. */
export function retryDisk(mail: MailState): void {
  mail.refusedByDisk = undefined;
  for (const { id } of mail.folders.accounts) ipc.accountRetry(id).catch(mail.failed);
}
