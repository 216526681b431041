// What the user does with the files of the open message: look, open, save.
import { t, tn } from "../i18n/index.svelte";
import { ipc, pickFolder, pickSavePath } from "../ipc";
import type { Attachment } from "../ipc";
import type { MailState } from "./mail.svelte";

export class FilesState {
  /** The part that is previewed. */
  shown = $state<number | undefined>(undefined);
  /** The file about which the user is asked before it is opened. */
  asking = $state.raw<Attachment | undefined>(undefined);
  readonly #mail: MailState;

  constructor(mail: MailState) {
    this.#mail = mail;
  }

  /** Opens it with the system's program; what has warnings only once the user said so. */
  async open(file: Attachment, sure = false): Promise<void> {
    const { opened, facts } = this.#mail.reader;
    if (!opened) return;
    if (!sure && facts.get(file.part)?.open !== "open") {
      this.asking = file;
      return;
    }
    this.asking = undefined;
    await ipc.attachmentOpen(opened.token, file.part, sure).catch(this.#mail.failed);
  }

  /** Lets the system drag it, while the button is held down. */
  async drag(file: Attachment): Promise<void> {
    const token = this.#mail.reader.opened?.token;
    if (token !== undefined) await ipc.attachmentDrag(token, file.part).catch(this.#mail.failed);
  }

  async save(file: Attachment): Promise<void> {
    const token = this.#mail.reader.opened?.token;
    if (token === undefined) return;
    await this.#saved(async () => {
      const path = await pickSavePath(file.name);
      if (path === null) return undefined;
      await ipc.attachmentSave(token, file.part, path);
      return t("reader.saved");
    });
  }

  async saveAll(files: readonly Attachment[]): Promise<void> {
    const token = this.#mail.reader.opened?.token;
    if (token === undefined) return;
    await this.#saved(async () => {
      const folder = await pickFolder();
      if (folder === null) return undefined;
      const parts = files.map((file) => file.part);
      const saved = await ipc.attachmentsSave(token, parts, folder);
      return tn("files.savedAll", saved.length);
    });
  }

  /** Saves the whole message as it came. */
  async saveMessage(): Promise<void> {
    const opened = this.#mail.reader.opened;
    if (!opened) return;
    await this.#saved(async () => {
      const path = await pickSavePath(messageFileName(opened.row.subject));
      if (path === null) return undefined;
      await ipc.messageSave(opened.id, path);
      return t("reader.saved");
    });
  }

  async #saved(save: () => Promise<string | undefined>): Promise<void> {
    try {
      const text = await save();
      if (text !== undefined) this.#mail.toasts.push({ text, tone: "plain" });
    } catch (thrown) {
      this.#mail.failed(thrown);
    }
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
