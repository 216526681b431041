// The message that is open. Opens and closes it in the core; an answer that comes late is closed again, unseen.
import { ipc } from "../ipc";
import type { Event, FileFacts, ListBy, MessageRow, OpenedMessage } from "../ipc";
import { throttle } from "../lib/throttle";
import { isUnread } from "../lib/flags";

/** Files that have come are shown so soon, ms. */
const LOOK_AGAIN = 1000;

export type Phase = "none" | "loading" | "ready" | "error";

export class ReaderState {
  phase = $state<Phase>("none");
  opened = $state.raw<OpenedMessage | undefined>(undefined);
  error = $state.raw<unknown>(undefined);
  /** Whether the message is shown in its writer's own colours although the theme is dark; `undefined`: as its sender's are. */
  original = $state<boolean | undefined>(undefined);
  /** What its files really are, by their part; empty until they have been looked at. */
  facts = $state.raw<ReadonlyMap<number, FileFacts>>(new Map());
  /** The message that is shown or being opened. */
  message = $state<number | undefined>(undefined);
  /** The row of the list that it was opened for. */
  row = $state<number | undefined>(undefined);
  /** The conversation that the message is shown in, oldest first; empty in a list by message. */
  conversation = $state.raw<readonly MessageRow[]>([]);
  #asked = 0;

  readonly #lookAgain = throttle(() => void this.#refresh(), LOOK_AGAIN);

  /** Opens what a row of a list stands for: its message, or its conversation at the newest unread one. */
  async open(row: number, by: ListBy): Promise<boolean> {
    const asked = ++this.#asked;
    this.row = row;
    if (by === "message") {
      this.conversation = [];
      return this.show(row);
    }
    // One that cannot be asked for is shown as its newest message, which says what is wrong.
    const rows = await ipc.conversation(row).catch(() => []);
    if (asked !== this.#asked) return false;
    this.conversation = rows;
    const first = rows.findLast((one) => isUnread(one)) ?? rows.at(-1);
    return this.show(first?.id ?? row);
  }

  /** The conversation that is open has another row in the list now. */
  moved(row: number): void {
    this.row = row;
    void this.follow();
  }

  /** More may have come to the conversation. What is open stays open. */
  async follow(): Promise<void> {
    const { row } = this;
    if (row === undefined || this.conversation.length === 0) return;
    const rows = await ipc.conversation(row).catch(() => undefined);
    if (rows && this.row === row) this.conversation = rows;
  }

  /** Opens a message; says whether it is the one that is shown now. */
  async show(message: number, remote = false): Promise<boolean> {
    const asked = ++this.#asked;
    const again = message === this.message;
    this.message = message;
    if (!again) {
      this.#drop();
      this.original = undefined;
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
      void this.#look();
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
      else {
        this.opened = { ...opened, attachments: now.attachments, coming: now.coming };
        void this.#look();
      }
    } catch {
      // The next piece asks again.
    }
  }

  /** Looks into the files, without which the message is shown all the same. */
  async #look(): Promise<void> {
    const opened = this.opened;
    if (!opened || opened.attachments.length === 0) return;
    const found = await ipc.attachmentFacts(opened.token).catch(() => []);
    if (this.opened?.token === opened.token) this.facts = new Map(found.map((facts) => [facts.part, facts]));
  }

  /** Shows nothing. */
  close(): void {
    this.#asked += 1;
    this.#drop();
    this.message = undefined;
    this.row = undefined;
    this.conversation = [];
    this.phase = "none";
  }

  #drop(): void {
    const token = this.opened?.token;
    this.opened = undefined;
    this.error = undefined;
    this.facts = new Map();
    if (token !== undefined) void ipc.messageClose(token).catch(() => undefined);
  }
}
