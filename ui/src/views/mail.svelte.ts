// The main window: what ties folders, list and reader together, and what each action does to them.
import { faultText } from "../i18n/faults";
import { ALL_INBOXES, folderName } from "../i18n/folders";
import { t, tn } from "../i18n/index.svelte";
import type { PluralKey } from "../i18n/index.svelte";
import { faultOf, ipc, onChange } from "../ipc";
import type { AppInfo, Event, Fault, Folder, Mark } from "../ipc";
import { FoldersState, isOfDisk } from "../folders/folders.svelte";
import { ToastState } from "../kit/toasts.svelte";
import { throttle } from "../lib/throttle";
import { isStarred, isUnread } from "../lib/flags";
import { ListState } from "../messages/list.svelte";
import { ReaderState } from "../reader/reader.svelte";
import { OfflineState } from "../settings/offline.svelte";
import type { SettingsPage } from "../settings/pages";
import { settings } from "../settings/settings.svelte";
import { Announcer } from "./announcer.svelte";
import { Layout } from "./layout.svelte";

/** A message counts as read once it was shown this long: running through a list reads nothing. */
const READ_AFTER = 250;
const SEARCH_AFTER = 180;

export class MailState {
  readonly folders = new FoldersState();
  readonly list = new ListState(() => settings.by);
  readonly reader = new ReaderState();
  readonly toasts = new ToastState();
  readonly layout = new Layout();
  readonly announcer = new Announcer();
  readonly offline = new OfflineState(() => this.folders.accounts.map(({ id }) => id));

  info = $state.raw<AppInfo | undefined>(undefined);
  /** What kept the app from starting. */
  broken = $state.raw<unknown>(undefined);
  /** The folder that is open; it stays while a search is shown. */
  folder = $state<number | undefined>(undefined);
  query = $state("");
  /** In the narrow layout: whether the reader is shown instead of the list. */
  reading = $state(false);
  /** Whether the form for an account is shown. */
  adding = $state(false);
  /** Whether the folder picker is open. */
  moving = $state(false);
  /** Messages that wait for the user's word to be deleted for good. */
  purging = $state.raw<readonly number[]>([]);
  /** The account whose password is asked for. */
  password = $state<number | undefined>(undefined);
  /** The page of the settings that is shown. */
  settings = $state<SettingsPage | undefined>(undefined);
  /** What this computer's disk refused last, until it is tried again. */
  refusedByDisk = $state.raw<Fault | undefined>(undefined);
  /** Whether the source is shown. */
  source = $state.raw<{ message: number; subject: string; headers: boolean } | undefined>(undefined);

  readonly mac = $derived(this.info?.os === "macos");
  readonly current: Folder | undefined = $derived(this.folders.folder(this.folder));
  readonly searching = $derived(this.list.source?.kind === "search");
  /** Whether the list shows messages of several folders, so that a row's own folder counts. */
  readonly mixed = $derived(this.searching || this.folder === ALL_INBOXES);
  readonly chosenRows = $derived(
    [...this.list.selected].flatMap((id) => {
      const row = this.list.rows.get(id);
      return row ? [row] : [];
    }),
  );
  /** Whether the selection counts as unread, so that the button says "read". */
  readonly anyUnread = $derived(this.chosenRows.some(isUnread));
  readonly allStarred = $derived(this.chosenRows.length > 0 && this.chosenRows.every(isStarred));

  #searchTimer: ReturnType<typeof setTimeout> | undefined;
  #readTimer: ReturnType<typeof setTimeout> | undefined;
  #beforeSearch: number | undefined;

  readonly #refreshList = throttle(() => void this.#refresh(), 300);
  readonly #refreshFolders = throttle(() => void this.#loadFolders(), 300);

  /** Reads everything and follows changes; the answer stops it. */
  async start(): Promise<() => void> {
    const unlayout = this.layout.start();
    try {
      const stop = await onChange((event) => this.hear(event));
      // First of all: it says whether there is a profile.
      this.info = await ipc.appInfo();
      await this.folders.load();
      await this.openDefault();
      return () => {
        stop();
        unlayout();
        this.list.close();
      };
    } catch (thrown) {
      this.broken = thrown;
      return unlayout;
    }
  }

  /** Opens the first inbox, else the first folder. */
  async openDefault(): Promise<void> {
    const usable = this.folders.folders.filter((folder) => folder.selectable);
    const first = this.folders.accounts.flatMap((a) =>
      usable.filter((f) => f.account === a.id && f.role === "inbox"),
    )[0];
    const folder = first ?? usable[0];
    if (folder) await this.openFolder(folder.id);
  }

  async openFolder(id: number): Promise<void> {
    this.folder = id;
    this.query = "";
    this.reading = false;
    this.layout.drawer = false;
    const inboxes = this.folders.folders.filter((folder) => folder.role === "inbox");
    await this.list.open(
      id === ALL_INBOXES ? { kind: "folders", folders: inboxes.map((one) => one.id) } : { kind: "folder", folder: id },
    );
  }

  hear(event: Event): void {
    if (event.event === "folders" || event.event === "messages") this.#refreshFolders();
    else void this.folders.hear(event).then(() => this.#afterAccounts(event), ignore);
    if (event.event === "messages" && (this.mixed || event.folder === this.folder)) this.#refreshList();
    if (event.event === "coming") this.reader.coming(event);
    if (this.settings === "storage") this.offline.hear(event);
    if (event.event === "operation-failed") {
      const account = this.folders.account(event.account)?.email ?? "";
      this.fail(t("toast.operationFailed", { account, reason: faultText(event.fault) }));
    }
  }

  #afterAccounts(event: Event): void {
    if (event.event !== "accounts") return;
    if (this.current) return;
    this.reader.close();
    void this.openDefault();
  }

  async #loadFolders(): Promise<void> {
    await this.folders.hear({ event: "folders", account: 0 }).catch(ignore);
    // The first folders of a new account come some time after it.
    if (this.folder === undefined && this.folders.ready) await this.openDefault();
  }

  async #refresh(): Promise<void> {
    await this.list.refresh();
    if (this.list.arrived > 0 && !this.searching && !this.folders.progress)
      this.announcer.arrived(this.list.arrived, () => (this.current ? folderName(this.current) : ""));
    await this.reader.follow();
    const opened = this.reader.opened;
    if (opened?.body === "missing") await this.reader.show(opened.id);
  }

  fail(text: string): void {
    this.toasts.push({ text, tone: "failure" });
  }

  /** Says what went wrong. */
  failed = (thrown: unknown): void => {
    const fault = faultOf(thrown);
    if (isOfDisk(fault)) this.refusedByDisk = fault;
    else this.fail(faultText(fault));
  };

  // --- search ----------------------------------------------------------------------------------------------------

  search(query: string): void {
    this.query = query;
    clearTimeout(this.#searchTimer);
    if (query.trim() === "") {
      if (this.searching) void this.#leaveSearch();
      return;
    }
    if (!this.searching) this.#beforeSearch = this.list.cursor;
    this.#searchTimer = setTimeout(() => void this.list.open({ kind: "search", query: query.trim() }), SEARCH_AFTER);
  }

  leaveSearch(): void {
    this.search("");
  }

  async #leaveSearch(): Promise<void> {
    const back = this.#beforeSearch;
    if (this.folder === undefined) return;
    await this.openFolder(this.folder);
    if (this.list.place(back) < 0) return;
    this.list.cursor = back;
  }

  // --- reading ---------------------------------------------------------------------------------------------------

  /** Shows what the list has selected. */
  async follow(only: number | undefined): Promise<void> {
    clearTimeout(this.#readTimer);
    if (only === undefined || (this.layout.mode === "narrow" && !this.reading)) {
      this.reader.close();
      return;
    }
    if (this.reader.row === only) return;
    const thread = this.list.rows.get(only)?.thread;
    if (this.list.by === "conversation" && thread !== undefined && this.reader.conversation[0]?.thread === thread) {
      this.reader.moved(only);
      return;
    }
    if (await this.reader.open(only, this.list.by)) this.#shown();
  }

  /** Opens another message of the conversation. */
  async unfold(message: number): Promise<void> {
    clearTimeout(this.#readTimer);
    if (await this.reader.show(message)) this.#shown();
  }

  /** What is shown for a while counts as read. */
  #shown(): void {
    const opened = this.reader.opened;
    if (!opened || !isUnread(opened.row)) return;
    this.#readTimer = setTimeout(() => {
      if (this.list.by === "message") this.mark({ seen: true, flagged: null }, [opened.id]);
      else ipc.mark([opened.id], { seen: true, flagged: null }).catch(this.failed);
    }, READ_AFTER);
  }

  /** Opens a row for reading, which in the narrow layout takes the list's place. */
  read(id: number): void {
    this.list.select(id);
    this.reading = true;
  }

  back(): void {
    this.reading = false;
    this.list.focusWish += 1;
  }

  async showRemote(): Promise<void> {
    if (this.reader.message !== undefined) await this.reader.show(this.reader.message, true);
  }

  async trustSender(email: string): Promise<void> {
    try {
      await ipc.trustSender(email);
      await this.showRemote();
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  openLink(url: string): void {
    ipc.openLink(url).catch(this.failed);
  }

  // --- what the user does to messages ------------------------------------------------------------------------------

  #counted(ids: readonly number[]): { unread: number } {
    const unread = ids.filter((id) => {
      const row = this.list.rows.get(id);
      return row !== undefined && isUnread(row);
    }).length;
    return { unread };
  }

  /** Where messages are now, by folder: so that undo brings each back to its own. */
  #origins(ids: readonly number[]): Map<number, number[]> {
    const origins = new Map<number, number[]>();
    for (const id of ids) {
      const folder = this.list.source?.kind === "folder" ? this.list.source.folder : this.list.rows.get(id)?.folder;
      if (folder === undefined) continue;
      const there = origins.get(folder);
      if (there) there.push(id);
      else origins.set(folder, [id]);
    }
    return origins;
  }

  /** What rows of the list stand for: of conversations, the messages in the same folder, or everywhere. */
  async #members(ids: readonly number[], everywhere: boolean): Promise<number[]> {
    return this.list.by === "message" ? [...ids] : await ipc.conversationMembers([...ids], everywhere);
  }

  async #remove(
    ids: readonly number[],
    act: (ids: number[]) => Promise<unknown>,
    said: PluralKey,
    folder?: string,
  ): Promise<void> {
    if (ids.length === 0) return;
    const places = this.#origins(ids);
    // How many messages a conversation has here is known once the core has answered.
    if (this.list.by === "message")
      for (const [from, moved] of places) this.folders.shift(from, -this.#counted(moved).unread, -moved.length);
    if (this.layout.mode === "narrow") this.reading = false;
    const { settle } = this.list.remove(ids);
    const origins = new Map<number, number[]>();
    const action = said === "toast.gone" ? undefined : { label: t("action.undo"), run: () => void this.#undo(origins) };
    try {
      for (const [from, rows] of places) origins.set(from, await this.#members(rows, false));
      const all = [...origins.values()].flat();
      await act(all);
      this.toasts.push({
        text: tn(said, all.length, { folder: folder ?? "" }),
        tone: "plain",
        ...(action && { action }),
      });
    } catch (thrown) {
      this.failed(thrown);
      this.#refreshFolders();
    }
    await settle();
  }

  async #undo(origins: Map<number, number[]>): Promise<void> {
    try {
      for (const [folder, ids] of origins) await ipc.moveTo(ids, folder);
      await this.list.refresh();
      const back = [...origins.values()].flat()[0];
      if (back !== undefined && this.list.place(back) >= 0) {
        this.list.select(back);
        this.list.focusWish += 1;
      }
      this.announcer.say(t("toast.undone"));
    } catch (thrown) {
      this.failed(thrown);
    }
  }

  archive(ids = this.list.chosen()): void {
    if (this.current?.role === "archive" && !this.searching) return;
    void this.#remove(ids, (all) => ipc.archive(all), "toast.archived");
  }

  /** Moves to Trash; what is there already goes for good, once the user has said so. */
  delete(ids = this.list.chosen()): void {
    if (ids.length === 0) return;
    const inTrash = ids.some((id) => {
      const folder = this.mixed ? this.list.rows.get(id)?.folder : this.folder;
      return this.folders.folder(folder)?.role === "trash";
    });
    if (inTrash) void this.#members(ids, false).then((all) => (this.purging = all), this.failed);
    else void this.#remove(ids, (all) => ipc.delete(all), "toast.deleted");
  }

  purge(): void {
    const ids = this.purging;
    this.purging = [];
    void this.#remove(ids, (all) => ipc.delete(all), "toast.gone");
  }

  moveTo(folder: Folder): void {
    this.moving = false;
    const ids = this.list.chosen();
    void this.#remove(ids, (all) => ipc.moveTo(all, folder.id), "toast.moved", folderName(folder));
  }

  mark(mark: Mark, ids: readonly number[] = this.list.chosen()): void {
    if (ids.length === 0) return;
    clearTimeout(this.#readTimer);
    if (mark.seen !== null && this.list.by === "message") {
      for (const [folder, some] of this.#origins(ids)) {
        const { unread } = this.#counted(some);
        this.folders.shift(folder, mark.seen ? -unread : some.length - unread, 0);
      }
    }
    const { settle } = this.list.mark(ids, mark);
    // A star is for the row's own message; what else is said, is said of all.
    const members = mark.flagged === true ? Promise.resolve([...ids]) : this.#members(ids, true);
    members
      .then((all) => ipc.mark(all, mark))
      .catch(this.failed)
      .then(settle)
      .catch(ignore);
  }

  toggleRead(ids: readonly number[] = this.list.chosen()): void {
    const unread = ids.some((id) => {
      const row = this.list.rows.get(id);
      return row !== undefined && isUnread(row);
    });
    this.mark({ seen: unread, flagged: null }, ids);
  }

  toggleStar(ids: readonly number[] = this.list.chosen()): void {
    const all = ids.every((id) => {
      const row = this.list.rows.get(id);
      return row !== undefined && isStarred(row);
    });
    this.mark({ seen: null, flagged: !all }, ids);
  }

  showSource(headers = false): void {
    const opened = this.reader.opened;
    if (opened) this.source = { message: opened.id, subject: opened.row.subject, headers };
  }

  sync(): void {
    ipc.syncNow().catch(this.failed);
  }
}

function ignore(): void {
  // What failed will be asked again by the next event; the account's state says why.
}
