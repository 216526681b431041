// Accounts and their folders as the sidebar shows them, and how far syncing is.
import { locale } from "../i18n/index.svelte";
import { ipc } from "../ipc";
import type { Account, AccountState, Event, Folder, SyncProgress } from "../ipc";
import { folderTree } from "./tree";
import type { FolderNode } from "./tree";

export class FoldersState {
  accounts = $state.raw<readonly Account[]>([]);
  folders = $state.raw<readonly Folder[]>([]);
  /** Whether both were read at least once. */
  ready = $state(false);
  /** Changes that the server has not heard of yet. */
  pending = $state(0);
  #progress = $state.raw<ReadonlyMap<number, SyncProgress>>(new Map());
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

  readonly offline = $derived(this.accounts.some(({ state }) => state.state === "offline"));
  readonly blocked = $derived(this.accounts.some(({ state }) => state.state === "blocked"));
  readonly connecting = $derived(this.accounts.some(({ state }) => state.state === "connecting"));

  folder(id: number | undefined): Folder | undefined {
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
    const [accounts, folders, pending] = await Promise.all([ipc.accounts(), ipc.folders(), ipc.pending()]);
    if (asked !== this.#askedAll) return;
    this.accounts = accounts;
    this.folders = folders;
    this.pending = pending.length;
    this.ready = true;
  }

  async #loadFolders(): Promise<void> {
    const asked = ++this.#askedFolders;
    const folders = await ipc.folders();
    if (asked === this.#askedFolders) this.folders = folders;
  }

  /** Takes in what the core says. */
  async hear(event: Event): Promise<void> {
    switch (event.event) {
      case "progress":
        this.#setProgress(event);
        return;
      case "account":
        this.#setState(event.account, event.state);
        return;
      case "accounts":
        return this.load();
      case "folders":
      case "messages":
        return this.#loadFolders();
      case "pending":
        this.pending = event.count;
        return;
      case "operation-failed":
        return;
    }
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
