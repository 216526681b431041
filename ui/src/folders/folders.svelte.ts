// Accounts and their folders as the sidebar shows them, and how far syncing is.
import { ALL_INBOXES } from "../i18n/folders";
import { locale } from "../i18n/index.svelte";
import { ipc } from "../ipc";
import type { Account, AccountState, Event, Folder, ShrunkFolder, SyncProgress } from "../ipc";
import { folderTree } from "./tree";
import type { FolderNode } from "./tree";

type Told = Extract<Event, { event: "account" | "pending" }>;
interface Share {
  done: number;
  total: number;
}

export class FoldersState {
  accounts = $state.raw<readonly Account[]>([]);
  folders = $state.raw<readonly Folder[]>([]);
  /** Folders that lost most of their messages on the server at once: nothing goes here until the user says so. */
  shrunk = $state.raw<readonly ShrunkFolder[]>([]);
  /** Whether both were read at least once. */
  ready = $state(false);
  /** Changes that the server has not heard of yet. */
  pending = $state(0);
  /** Accounts whose mail comes for the first time, and how much of it is known and here, by folder. */
  #first = $state.raw<ReadonlyMap<number, ReadonlyMap<string, Share>>>(new Map());
  #progress = $state.raw<ReadonlyMap<number, SyncProgress>>(new Map());
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

  /** How much of the mail is here that the account of `progress` gets for the first time; `undefined` in later syncs. */
  readonly first: Share | undefined = $derived.by(() => {
    const { progress } = this;
    const known = progress && this.#first.get(progress.account);
    if (!progress || !known) return undefined;
    // Bodies are counted over all folders already.
    if (progress.phase === "bodies") return { done: progress.done, total: progress.total };
    const sum = { done: 0, total: 0 };
    for (const { done, total } of known.values()) {
      sum.done += done;
      sum.total += total;
    }
    return sum.total > 0 ? sum : undefined;
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
      if (!here && !next.has(id)) next.set(id, new Map());
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
    if (!known || (phase !== "headers" && phase !== "done")) return;
    const next = new Map(this.#first);
    if (phase === "done") next.delete(account);
    else next.set(account, new Map(known).set(folder, { done, total }));
    this.#first = next;
  }

  #setState(id: number, state: AccountState): void {
    this.accounts = this.accounts.map((account) => (account.id === id ? { ...account, state } : account));
    if (state.state !== "offline" && state.state !== "blocked") return;
    // A connection that broke says no more of its progress.
    const next = new Map(this.#progress);
    next.delete(id);
    this.#progress = next;
  }
}
