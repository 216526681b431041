// What was damaged and built anew at the start, until the user has seen it.
import { ipc } from "../ipc";
import type { Rebuilt } from "../ipc";

export class RebuiltState {
  note = $state.raw<Rebuilt | null>(null);

  /** Asks once: it happens at a start only. */
  async load(): Promise<void> {
    // What cannot be asked is told at the next start.
    this.note = await ipc.rebuilt().catch(() => null);
  }

  close(): void {
    this.note = null;
    // The bar comes back at the next start where this fails.
    ipc.rebuiltSeen().catch(() => undefined);
  }
}
