// What the polite region says: news of new mail are gathered, so that a busy mailbox does not chatter.
import { tn } from "../i18n/index.svelte";

const GATHER = 5_000;

export class Announcer {
  text = $state("");
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  say(text: string): void {
    this.text = text;
  }

  /** Messages came; `folder` names where, at the time of saying it. */
  arrived(count: number, folder: () => string): void {
    this.#count += count;
    this.#timer ??= setTimeout(() => {
      this.text = tn("list.newAnnounce", this.#count, { folder: folder() });
      this.#count = 0;
      this.#timer = undefined;
    }, GATHER);
  }
}
