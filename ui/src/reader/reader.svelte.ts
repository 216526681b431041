// The message that is open. Opens and closes it in the core; an answer that comes late is closed again, unseen.
import { ipc } from "../ipc";
import type { Event, OpenedMessage } from "../ipc";
import { throttle } from "../lib/throttle";

/** Files that have come are shown so soon, ms. */
const LOOK_AGAIN = 1000;

export type Phase = "none" | "loading" | "ready" | "error";

export class ReaderState {
  phase = $state<Phase>("none");
  opened = $state.raw<OpenedMessage | undefined>(undefined);
  error = $state.raw<unknown>(undefined);
  /** Whether the message is shown in its writer's own colours although the theme is dark. */
  original = $state(false);
  /** The message that is shown or being opened. */
  message = $state<number | undefined>(undefined);
  #asked = 0;

  readonly #lookAgain = throttle(() => void this.#refresh(), LOOK_AGAIN);

  /** Opens a message; says whether it is the one that is shown now. */
  async show(message: number, remote = false): Promise<boolean> {
    const asked = ++this.#asked;
    const again = message === this.message;
    this.message = message;
    if (!again) {
      this.#drop();
      this.original = false;
      this.phase = "loading";
    }
    try {
      const opened = await ipc.messageOpen(message, remote);
      if (asked !== this.#asked) {
        void ipc.messageClose(opened.token).catch(() => undefined);
        return false;
      }
      this.#drop();
      this.opened = opened;
      this.phase = "ready";
      return true;
    } catch (thrown) {
      if (asked !== this.#asked) return false;
      this.#drop();
      this.error = thrown;
      this.phase = "error";
      return false;
    }
  }

  /** More of a large message came: the bar moves at once, the files follow, and the text stays where it is. */
  coming({ message, bytes, total }: Extract<Event, { event: "coming" }>): void {
    const opened = this.opened;
    if (opened?.id !== message || !opened.coming) return;
    this.opened = { ...opened, coming: { ...opened.coming, bytes, total } };
    this.#lookAgain();
  }

  async #refresh(): Promise<void> {
    const before = this.opened;
    if (!before?.coming) return;
    if (before.body === "missing") {
      // The first of it came.
      if (before.coming.bytes > 0) await this.show(before.id, before.remote_allowed);
      return;
    }
    try {
      const now = await ipc.messageComing(before.token);
      const opened = this.opened;
      if (opened?.token !== before.token) return;
      // A text that went on is shown once all is here, so that nobody loses the line at hand before that.
      if (now.changed && !now.coming) await this.show(opened.id, opened.remote_allowed);
      else this.opened = { ...opened, attachments: now.attachments, coming: now.coming };
    } catch {
      // The next piece asks again.
    }
  }

  /** Shows nothing. */
  close(): void {
    this.#asked += 1;
    this.#drop();
    this.message = undefined;
    this.phase = "none";
  }

  #drop(): void {
    const token = this.opened?.token;
    this.opened = undefined;
    this.error = undefined;
    if (token !== undefined) void ipc.messageClose(token).catch(() => undefined);
  }
}
