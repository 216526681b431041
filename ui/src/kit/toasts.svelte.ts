// Short notices at the bottom of the list pane. They stay eight seconds, longer while the pointer or focus is on them.

export interface Toast {
  id: number;
  text: string;
  tone: "plain" | "failure";
  action?: { label: string; run: () => void };
}

const STAY = 8_000;

export class ToastState {
  shown = $state.raw<readonly Toast[]>([]);
  #next = 1;
  #timers = new Map<number, ReturnType<typeof setTimeout>>();

  /** Shows a notice. Only the newest few stay. */
  push(toast: Omit<Toast, "id">): void {
    const id = this.#next++;
    this.shown = [...this.shown.slice(-2), { id, ...toast }];
    this.#start(id);
  }

  /** Takes a notice away. */
  dismiss(id: number): void {
    this.hold(id);
    this.shown = this.shown.filter((toast) => toast.id !== id);
  }

  /** Does what the newest notice that offers something offers. */
  runLatest(): boolean {
    const toast = this.shown.findLast((shown) => shown.action);
    if (!toast) return false;
    this.dismiss(toast.id);
    toast.action?.run();
    return true;
  }

  /** Keeps a notice while the pointer or focus is on it. */
  hold(id: number): void {
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
  }

  /** Lets its time run again. */
  release(id: number): void {
    if (this.shown.some((toast) => toast.id === id)) this.#start(id);
  }

  #start(id: number): void {
    this.hold(id);
    this.#timers.set(
      id,
      setTimeout(() => this.dismiss(id), STAY),
    );
  }
}
