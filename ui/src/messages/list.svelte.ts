// The message list: its order, the rows that are here, what is selected, and what the user just took out of it.
//
// The order of a whole folder comes in one answer, rows are fetched as they come into view. What the user does shows at
// once: marks lie over the core's rows and removed messages stay hidden until the core has answered. It must not draw.
import { SvelteMap } from "svelte/reactivity";
import { ipc } from "../ipc";
import type { ListBy, ListIndex, Mark, MessageRow } from "../ipc";
import { withMark } from "../lib/flags";
import { merged } from "./merge";
import { after, between } from "./selection";

export type Source =
  | { kind: "folder"; folder: number }
  /** Several folders as one. */
  | { kind: "folders"; folders: readonly number[] }
  | { kind: "search"; query: string };

/** How many rows are asked for at once. */
const CHUNK = 100;
const SEARCH_LIMIT = 200;

export class ListState {
  source = $state.raw<Source | undefined>(undefined);
  phase = $state<"none" | "loading" | "ready" | "error">("none");
  error = $state.raw<unknown>(undefined);
  /** Every message, newest first. */
  ids = $state.raw<readonly number[]>([]);
  /** Their dates, seconds since 1970. */
  dates = $state.raw<readonly number[]>([]);
  /** How many a search found in all. */
  total = $state(0);
  rows = new SvelteMap<number, MessageRow>();
  selected = $state.raw<ReadonlySet<number>>(new Set());
  /** The row that the keyboard is on. */
  cursor = $state<number | undefined>(undefined);
  /** Messages that came while the list was scrolled down. */
  fresh = $state(0);
  /** Messages that the last answer put on top. */
  arrived = 0;
  /** Counts up whenever DOM focus should go to the cursor's row. */
  focusWish = $state(0);
  /** Whether the list is at its top; its view says so. */
  atTop = true;

  readonly places: ReadonlyMap<number, number> = $derived(new Map(this.ids.map((id, place) => [id, place])));
  /** The one message that is selected. */
  readonly only: number | undefined = $derived(this.selected.size === 1 ? [...this.selected][0] : undefined);

  /** What the user wants to be listed. */
  readonly #wanted: () => ListBy;
  #anchor: number | undefined;
  #generation = 0;
  #fetchedIn = new Map<number, number>();
  #asking = new Set<number>();
  #hidden = new Set<number>();
  #marks = new Map<number, Mark>();

  constructor(wanted: () => ListBy = () => "message") {
    this.#wanted = wanted;
  }

  /** What a row stands for: a search finds messages. */
  get by(): ListBy {
    return this.source?.kind === "search" ? "message" : this.#wanted();
  }

  place(id: number | undefined): number {
    return id === undefined ? -1 : (this.places.get(id) ?? -1);
  }

  /** Shows a folder or a search from its top. */
  async open(source: Source): Promise<void> {
    this.source = source;
    this.phase = "loading";
    this.ids = [];
    this.dates = [];
    this.total = 0;
    this.fresh = 0;
    this.atTop = true;
    this.clear();
    this.cursor = undefined;
    // What is here is shown at once; whether the server has more of it is looked at meanwhile.
    if (source.kind === "folder") ipc.folderOpened(source.folder).catch(() => undefined);
    await this.#load();
  }

  /** Shows nothing and lets no late answer in. */
  close(): void {
    this.#generation += 1;
    this.source = undefined;
    this.phase = "none";
  }

  /** Asks again, keeping rows, selection and place. */
  async refresh(): Promise<void> {
    if (this.source) await this.#load();
  }

  async #load(): Promise<void> {
    const source = this.source;
    const generation = ++this.#generation;
    if (!source) return;
    try {
      const index = await this.#ask(source);
      if (generation === this.#generation) this.#take(index);
    } catch (thrown) {
      if (generation !== this.#generation) return;
      // A list that is shown stays; a later event asks again.
      if (this.phase === "ready") return;
      this.error = thrown;
      this.phase = "error";
    }
  }

  #ask(source: Source): Promise<Omit<ListIndex, "folder"> & { total?: number }> {
    switch (source.kind) {
      case "folder":
        return ipc.listIndex(source.folder, this.by);
      case "folders":
        return Promise.all(source.folders.map((folder) => ipc.listIndex(folder, this.by))).then(merged);
      case "search":
        return this.#find(source.query);
    }
  }

  async #find(query: string): Promise<Omit<ListIndex, "folder"> & { total: number }> {
    const { messages, total } = await ipc.search(query, SEARCH_LIMIT);
    const dates = messages.map((row) => Math.floor(row.date / 1000));
    return { ids: messages.map((row) => row.id), dates, rows: messages, total };
  }

  #take(index: Omit<ListIndex, "folder"> & { total?: number }): void {
    const shown = (id: number) => !this.#hidden.has(id);
    const before = this.ids;
    const threads = this.#threads();
    this.#keep(index.rows, this.#generation);
    this.dates = this.#hidden.size ? index.dates.filter((_, n) => shown(index.ids[n] ?? 0)) : index.dates;
    this.ids = this.#hidden.size ? index.ids.filter(shown) : index.ids;
    this.total = index.total ?? this.ids.length;
    if (this.phase === "ready") this.#countFresh(before);
    this.phase = "ready";
    // A conversation that got a message, or lost its newest, has another row: what was chosen stays chosen.
    const heirs = new Map(this.by === "message" ? [] : [...this.#rowsOf(threads)]);
    const now = (id: number) => (this.places.has(id) ? id : heirs.get(id));
    this.selected = new Set([...this.selected].map(now).filter((id) => id !== undefined));
    this.#anchor = this.#anchor === undefined ? undefined : now(this.#anchor);
    if (this.cursor !== undefined) this.cursor = now(this.cursor) ?? this.cursor;
    if (this.cursor !== undefined && !this.places.has(this.cursor)) this.cursor = after(before, this.ids, this.cursor);
  }

  /** The conversations of what is chosen. */
  #threads(): Map<number, number> {
    const ids = [...this.selected, ...(this.cursor === undefined ? [] : [this.cursor])];
    return new Map(
      ids.flatMap((id) => {
        const thread = this.rows.get(id)?.thread;
        return thread === undefined ? [] : [[thread, id] as const];
      }),
    );
  }

  /** The rows that stand for these conversations now, by those that did. */
  *#rowsOf(threads: ReadonlyMap<number, number>): Generator<[number, number]> {
    for (const [id, row] of threads.size > 0 ? this.rows : []) {
      const before = threads.get(row.thread);
      if (before !== undefined && this.places.has(id)) yield [before, id];
    }
  }

  #countFresh(before: readonly number[]): void {
    const known = new Set(before);
    const first = this.ids.findIndex((id) => known.has(id));
    this.arrived = before.length === 0 ? 0 : Math.max(0, first);
    this.fresh = this.atTop ? 0 : this.fresh + this.arrived;
  }

  #keep(rows: readonly MessageRow[], generation: number): void {
    for (const row of rows) {
      this.#fetchedIn.set(row.id, generation);
      this.rows.set(row.id, withMark(row, this.#marks.get(row.id)));
    }
  }

  /** Fetches the rows from `first` to before `end` that are not here or older than the last change. */
  async need(first: number, end: number): Promise<void> {
    const generation = this.#generation;
    const missing = this.ids
      .slice(first, end)
      .filter((id) => this.#fetchedIn.get(id) !== generation && !this.#asking.has(id));
    if (missing.length === 0) return;
    // One answer brings what comes next, too.
    const next = this.ids.slice(end, end + CHUNK - missing.length);
    const ahead = next.filter((id) => this.#fetchedIn.get(id) !== generation && !this.#asking.has(id));
    const wanted = [...missing, ...ahead];
    for (let at = 0; at < wanted.length; at += CHUNK) await this.#fetch(wanted.slice(at, at + CHUNK));
  }

  async #fetch(ids: number[]): Promise<void> {
    for (const id of ids) this.#asking.add(id);
    const generation = this.#generation;
    try {
      const rows = await ipc.listRows(ids, this.by);
      this.#keep(rows, generation);
    } catch {
      // The rows stay blank; the next scroll or event asks again.
    } finally {
      for (const id of ids) this.#asking.delete(id);
    }
  }

  // --- selection -------------------------------------------------------------------------------------------------

  /** Selects one message alone. */
  select(id: number): void {
    this.selected = new Set([id]);
    this.cursor = id;
    this.#anchor = id;
  }

  /** Adds a message to the selection or takes it out. */
  toggle(id: number): void {
    const next = new Set(this.selected);
    if (!next.delete(id)) next.add(id);
    this.selected = next;
    this.cursor = id;
    this.#anchor = id;
  }

  /** Selects from the last message that was selected alone to this one. */
  extend(id: number): void {
    const anchor = this.#anchor ?? this.cursor ?? id;
    this.selected = new Set(between(this.ids, this.place(anchor), this.place(id)));
    this.cursor = id;
  }

  all(): void {
    this.selected = new Set(this.ids);
    this.cursor ??= this.ids[0];
  }

  clear(): void {
    this.selected = new Set();
    this.#anchor = undefined;
  }

  /** Leaves only the cursor's message selected. */
  collapse(): void {
    if (this.cursor !== undefined) this.select(this.cursor);
  }

  /** Moves the cursor; with `extend` the selection grows along. Says whether there was anywhere to go. */
  step(by: number, extend: boolean): boolean {
    if (this.ids.length === 0) return false;
    const from = this.place(this.cursor);
    const to = from < 0 ? (by > 0 ? 0 : this.ids.length - 1) : Math.min(this.ids.length - 1, Math.max(0, from + by));
    const id = this.ids[to];
    if (id === undefined) return false;
    if (extend) this.extend(id);
    else this.select(id);
    this.focusWish += 1;
    return to !== from;
  }

  /** The messages that an act is about: what is selected, in the list's order. */
  chosen(): number[] {
    if (this.selected.size === this.ids.length) return [...this.ids];
    return [...this.selected].sort((a, b) => this.place(a) - this.place(b));
  }

  // --- what the user did, before the core has answered -----------------------------------------------------------

  /** Takes messages out at once and selects the row that takes their place. `settle` says how the core answered. */
  remove(ids: readonly number[]): { settle: () => Promise<void> } {
    for (const id of ids) this.#hidden.add(id);
    const gone = new Set(ids);
    const before = this.ids;
    const wasSelected = ids.some((id) => this.selected.has(id)) || this.cursor === undefined;
    this.dates = this.dates.filter((_, n) => !gone.has(before[n] ?? 0));
    this.ids = before.filter((id) => !gone.has(id));
    this.total = Math.max(0, this.total - (before.length - this.ids.length));
    const heir =
      this.cursor !== undefined && gone.has(this.cursor) ? after(before, this.ids, this.cursor) : this.cursor;
    if (wasSelected) {
      if (heir === undefined) {
        this.clear();
        this.cursor = undefined;
      } else this.select(heir);
    } else this.cursor = heir;
    this.focusWish += 1;
    const settle = async () => {
      for (const id of ids) this.#hidden.delete(id);
      // An answer that was on its way may be older than the change: ask anew.
      await this.refresh();
    };
    return { settle };
  }

  /** Shows a mark at once. `settle` ends it: from then on the core's rows count. */
  mark(ids: readonly number[], mark: Mark): { settle: () => Promise<void> } {
    for (const id of ids) {
      const merged = {
        seen: mark.seen ?? this.#marks.get(id)?.seen ?? null,
        flagged: mark.flagged ?? this.#marks.get(id)?.flagged ?? null,
      };
      this.#marks.set(id, merged);
      const row = this.rows.get(id);
      if (row) this.rows.set(id, withMark(row, merged));
    }
    const settle = async () => {
      for (const id of ids) this.#marks.delete(id);
      await this.refresh();
    };
    return { settle };
  }
}
