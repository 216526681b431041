// Accounts and their folders as the sidebar shows them, and how far syncing is.
import { ALL_INBOXES } from "../i18n/folders";
import { locale } from "../i18n/index.svelte";
import { ipc } from "../ipc";
import type { Account, AccountState, Event, Fault, Folder, ShrunkFolder, SyncProgress } from "../ipc";
import { folderTree } from "./tree";
import type { FolderNode } from "./tree";

type Coming = Extract<Event, { event: "coming" }>;
type Told = Extract<Event, { event: "account" | "pending" }>;
interface Share {
  done: number;
  total: number;
}
/** How far the first sync of an account is. */
interface First {
  /** Headers that are here, by folder. */
  found: ReadonlyMap<string, number>;
  /** Which of how many folders is looked at. */
  folder: Share;
}
/** The first sync's share of the bar until every folder was looked at: headers are the quick part. */
const HEADERS = 0.2;

export class FoldersState {
  accounts = $state.raw<readonly Account[]>([]);
  folders = $state.raw<readonly Folder[]>([]);
  /** Folders that lost most of their messages on the server at once: nothing goes here until the user says so. */
  shrunk = $state.raw<readonly ShrunkFolder[]>([]);
  /** Whether both were read at least once. */
  ready = $state(false);
  /** Changes that the server has not heard of yet. */
  pending = $state(0);
  /** Accounts whose mail comes for the first time. */
  #first = $state.raw<ReadonlyMap<number, First>>(new Map());
  #progress = $state.raw<ReadonlyMap<number, SyncProgress>>(new Map());
  /** The large message that is coming. */
  coming = $state.raw<Coming | undefined>(undefined);
  /** What was said since the last question. */
  #meanwhile: Told[] = [];
  #asking = 0;
  #askedAll = 0;
  #askedFolders = 0;

  readonly trees: ReadonlyMap<number, FolderNode[]> = $derived(
    new Map(
      this.accounts.map(({ id }) => [
        id,
        folderTree(
          this.folders.filter((folder) => folder.account === id),
          locale(),
        ),
      ]),
    ),
  );

  /** The sync that is shown: the one of the account that has most left to do. */
  readonly progress: SyncProgress | undefined = $derived(
    [...this.#progress.values()].sort((a, b) => b.total - b.done - (a.total - a.done))[0],
  );

  /**
   * How far the account of `progress` is that gets its mail for the first time; `undefined` in later syncs. How much mail
   * there is stands fast only once all folders were looked at: until then it is said how much was found, without a total
   * that would grow.
   */
  readonly first: { found: number; bodies: Share | undefined; share: number } | undefined = $derived.by(() => {
    const { progress } = this;
    const known = progress && this.#first.get(progress.account);
    if (!progress || !known) return undefined;
    const found = [...known.found.values()].reduce((all, some) => all + some, 0);
    // Bodies are counted over all folders.
    if (progress.phase === "bodies") {
      const bodies = { done: progress.done, total: progress.total };
      const share = bodies.total > 0 ? bodies.done / bodies.total : 0;
      return { found, bodies, share: HEADERS + (1 - HEADERS) * share };
    }
    const { done, total } = known.folder;
    return found > 0 ? { found, bodies: undefined, share: total > 0 ? (HEADERS * done) / total : 0 } : undefined;
  });

  /** The sync of one account. */
  progressOf(account: number): SyncProgress | undefined {
    return this.#progress.get(account);
  }

  /** Why mail cannot be kept on this computer, if so. */
  readonly trouble: Fault | undefined = $derived.by(() => {
    for (const { state } of this.accounts) {
      if ((state.state === "offline" || state.state === "blocked") && isOfDisk(state.fault)) return state.fault;
    }
    return undefined;
  });

  readonly offline = $derived(this.accounts.some(({ state }) => state.state === "offline"));
  readonly blocked = $derived(this.accounts.some(({ state }) => state.state === "blocked"));
  readonly connecting = $derived(this.accounts.some(({ state }) => state.state === "connecting"));

  /** All inboxes as one folder, where there are several. */
  readonly inboxes: Folder | undefined = $derived.by(() => {
    const parts = this.accounts.flatMap(({ id }) => this.withRole(id, "inbox") ?? []);
    const [first] = parts;
    if (!first || parts.length < 2) return undefined;
    const sum = (of: (folder: Folder) => number) => parts.reduce((all, folder) => all + of(folder), 0);
    const counts = { messages: sum((folder) => folder.messages), unread: sum((folder) => folder.unread) };
    return { ...first, id: ALL_INBOXES, account: 0, path: "", name: "", delimiter: "", ...counts };
  });

  folder(id: number | undefined): Folder | undefined {
    if (id === ALL_INBOXES) return this.inboxes;
    return this.folders.find((folder) => folder.id === id);
  }

  account(id: number | undefined): Account | undefined {
    return this.accounts.find((account) => account.id === id);
  }

  /** The folder of an account that has a role. */
  withRole(account: number, role: Folder["role"]): Folder | undefined {
    return this.folders.find((folder) => folder.account === account && folder.role === role);
  }

  /** Asks for everything; a late answer to an earlier question is dropped. */
  async load(): Promise<void> {
    const asked = ++this.#askedAll;
    this.#asking += 1;
    this.#meanwhile = [];
    const all = Promise.all([ipc.accounts(), ipc.folders(), ipc.pending(), ipc.shrunkFolders()]);
    const [accounts, folders, pending, shrunk] = await all.finally(() => (this.#asking -= 1));
    if (asked !== this.#askedAll) return;
    this.accounts = accounts;
    this.folders = folders;
    this.pending = pending.length;
    this.shrunk = shrunk;
    // What was said while the answers were on their way is newer than they are.
    for (const event of this.#meanwhile.splice(0)) this.#apply(event);
    this.#noteNew();
    this.ready = true;
  }

  /** An account that holds nothing yet is on its first sync. */
  #noteNew(): void {
    const next = new Map(this.#first);
    for (const { id } of this.accounts) {
      const here = this.folders.some((folder) => folder.account === id && folder.messages > 0);
      if (!here && !next.has(id)) next.set(id, { found: new Map(), folder: { done: 0, total: 0 } });
    }
    this.#first = next;
  }

  async #loadFolders(): Promise<void> {
    const asked = ++this.#askedFolders;
    const [folders, shrunk] = await Promise.all([ipc.folders(), ipc.shrunkFolders()]);
    if (asked !== this.#askedFolders) return;
    this.folders = folders;
    this.shrunk = shrunk;
  }

  /** Takes in what the core says. */
  async hear(event: Event): Promise<void> {
    switch (event.event) {
      case "progress":
        this.#setProgress(event);
        return;
      case "coming":
        this.coming = event.bytes < event.total ? event : undefined;
        return;
      case "account":
      case "pending":
        if (this.#asking > 0) this.#meanwhile.push(event);
        this.#apply(event);
        return;
      case "accounts":
        return this.load();
      case "folders":
      case "messages":
        return this.#loadFolders();
      case "operation-failed":
        return;
    }
  }

  #apply(event: Told): void {
    if (event.event === "pending") this.pending = event.count;
    else this.#setState(event.account, event.state);
  }

  /** Shows other counts at once; the core's own follow. */
  shift(folder: number, unread: number, messages: number): void {
    this.folders = this.folders.map((f) =>
      f.id === folder
        ? { ...f, unread: Math.max(0, f.unread + unread), messages: Math.max(0, f.messages + messages) }
        : f,
    );
  }

  #setProgress(progress: SyncProgress): void {
    const next = new Map(this.#progress);
    if (progress.phase === "done") next.delete(progress.account);
    else next.set(progress.account, progress);
    this.#progress = next;
    this.#noteFirst(progress);
  }

  #noteFirst({ account, phase, folder, done, total }: SyncProgress): void {
    const known = this.#first.get(account);
    if (!known || phase === "bodies") return;
    const next = new Map(this.#first);
    if (phase === "done") next.delete(account);
    else if (phase === "folders") next.set(account, { ...known, folder: { done, total } });
    else next.set(account, { ...known, found: new Map(known.found).set(folder, done) });
    this.#first = next;
  }

  #setState(id: number, state: AccountState): void {
    this.accounts = this.accounts.map((account) => (account.id === id ? { ...account, state } : account));
    if (state.state !== "offline" && state.state !== "blocked") return;
    // A connection that broke says no more of its progress.
    if (this.coming?.account === id) this.coming = undefined;
    const next = new Map(this.#progress);
    next.delete(id);
    this.#progress = next;
  }
}

/** Whether it is this computer that cannot keep mail. */
export const isOfDisk = (fault: Fault): boolean => ["disk-full", "read-only", "storage"].includes(fault.code);
