// What the system asked the app for by its command line: the window is there for it already, and says what it cannot do yet.
import { t } from "../i18n/index.svelte";
import { ipc, onAsked } from "../ipc";
import type { MailState } from "./mail.svelte";

/** Takes what waits, and what comes later; the answer stops it. */
export async function followAsks(mail: MailState): Promise<() => void> {
  const take = async () => {
    for (const ask of await ipc.asksTake()) {
      const text =
        ask.ask === "write"
          ? t("toast.cannotWrite", { to: ask.to.join(t("row.join")) || t("row.noRecipient") })
          : t("toast.cannotOpen", { file: ask.path });
      mail.toasts.push({ text, tone: "plain" });
    }
  };
  const stop = await onAsked(() => void take().catch(mail.failed));
  await take();
  return stop;
}
