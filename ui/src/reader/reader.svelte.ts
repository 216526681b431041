// The message that is open. Opens and closes it in the core; an answer that comes late is closed again, unseen.
import { ipc } from "../ipc";
import type { OpenedMessage } from "../ipc";

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
