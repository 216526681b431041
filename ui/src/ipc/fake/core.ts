// An in-memory core for the mock and for component tests: it keeps its mail in lists and answers like the real one.
import type {
  AccountQuota,
  Ask,
  Attachment,
  Backend,
  Coming,
  Event,
  Fault,
  FaultCode,
  Folder,
  ListBy,
  MessageRow,
  OpenedMessage,
  Rebuilt,
  ShrunkFolder,
} from "..";
import { factsOf, textOf } from "./files";
import { ACCOUNTS, FOLDERS, fakeMails } from "./mails";
import type { FakeMail } from "./mails";
import { FakeOffline } from "./offline";
import { bodyPage } from "./page";
import { conversationOf, membersOf, summaryOf } from "./threads";

type Commands = Backend["commands"];
type Answer<T> = { status: "ok"; data: T } | { status: "error"; error: Fault };

export interface FakeOptions {
  now?: number;
  /** Start without an account. */
  empty?: boolean;
  /** Give the frame real pages, which needs a real browser. */
  pages?: boolean;
  /** Wait this long before each answer, ms. */
  delay?: number;
}

const fault = (code: FaultCode, params: Record<string, string> = {}): Fault => ({
  code,
  message: `fake ${code}`,
  params,
});

class Refusal extends Error {
  readonly fault: Fault;
  constructor(code: FaultCode, params: Record<string, string> = {}) {
    super(code);
    this.fault = fault(code, params);
  }
}

export class FakeCore {
  accounts = structuredClone(ACCOUNTS);
  folders = structuredClone(FOLDERS);
  mails: FakeMail[];
  /** What was called, for tests: the command's name and what it was given. */
  calls: [string, ...unknown[]][] = [];
  /** Commands that fail, by name. */
  failing = new Map<string, Fault>();
  /** What the dialogs answer. */
  picked: string | null = "/mail/saved";
  pending = 0;
  /** Folders about which the user is asked. */
  shrunk: ShrunkFolder[] = [];
  /** What was damaged and built anew at the start. */
  rebuilt: Rebuilt | null = null;
  /** How much of every message is here; `null`: all. */
  coming: Coming | null = null;
  /** What every message shows around its text. */
  around: Partial<Pick<OpenedMessage, "sender_marks" | "unsubscribe" | "invitation">> = {};
  #files: Attachment[] = [];
  /** What the servers say of the room there. */
  quotas: AccountQuota[] = [];
  /** What the system asked for. */
  asks: Ask[] = [];
  readonly offline = new FakeOffline(this);
  #askedHeard = new Set<() => void>();
  #heard = new Set<(event: Event) => void>();
  #urls = new Map<string, string>();
  #token = 0;
  readonly #delay: number;
  readonly #pages: boolean;

  constructor({ now = Date.now(), empty = false, pages = false, delay = 0 }: FakeOptions = {}) {
    this.mails = empty ? [] : fakeMails(now);
    if (empty) {
      this.accounts = [];
      this.folders = [];
    }
    this.#delay = delay;
    this.#pages = pages;
  }

  /** Says that something changed. */
  emit(event: Event): void {
    for (const heard of this.#heard) heard(event);
  }

  /** The system asks for something. */
  ask(ask: Ask): void {
    this.asks.push(ask);
    for (const heard of this.#askedHeard) heard();
  }

  /** Puts a mail into a folder as if it just came. */
  deliver(mail: FakeMail): void {
    this.mails.unshift(mail);
    this.emit({ event: "messages", account: mail.row.account, folder: mail.row.folder });
  }

  backend(): Backend {
    return {
      commands: this.#commands(),
      listen: (heard) => {
        this.#heard.add(heard);
        return Promise.resolve(() => void this.#heard.delete(heard));
      },
      listenAsked: (heard) => {
        this.#askedHeard.add(heard);
        return Promise.resolve(() => void this.#askedHeard.delete(heard));
      },
      fileUrl: (_, token, part) => `fake:${token}/${part}`,
      bodyUrl: (_, token) => this.#urls.get(token) ?? "about:blank",
      pickSavePath: () => Promise.resolve(this.picked),
      pickFolder: () => Promise.resolve(this.picked),
    };
  }

  #commands(): Commands {
    const ok = <A extends unknown[], T>(name: string, answer: (...args: A) => T) => {
      return async (...args: A): Promise<Answer<T>> => {
        this.calls.push([name, ...args]);
        if (this.#delay > 0) await new Promise((resolve) => setTimeout(resolve, this.#delay));
        const broken = this.failing.get(name);
        if (broken) return { status: "error", error: broken };
        try {
          return { status: "ok", data: answer(...args) };
        } catch (thrown) {
          return { status: "error", error: thrown instanceof Refusal ? thrown.fault : fault("internal") };
        }
      };
    };
    const nothing = (name: string) => ok(name, () => null);
    return {
      appInfo: ok("appInfo", () => ({ version: "0.1.0", mail_base: "mail://localhost", os: "linux", locale: "en" })),
      accounts: ok("accounts", () => structuredClone(this.accounts)),
      accountAdd: ok("accountAdd", (draft, password, check) => this.#add(draft, password, check)),
      accountRemove: ok("accountRemove", (account) => this.#removeAccount(account)),
      accountRetry: nothing("accountRetry"),
      accountPasswordSet: ok("accountPasswordSet", (account, password) => this.#setPassword(account, password)),
      syncNow: nothing("syncNow"),
      profileOpen: nothing("profileOpen"),
      rebuilt: ok("rebuilt", () => this.rebuilt),
      rebuiltSeen: nothing("rebuiltSeen"),
      asksTake: ok("asksTake", () => this.asks.splice(0)),
      offline: ok("offline", (account) => this.offline.of(account)),
      quotas: ok("quotas", () => structuredClone(this.quotas)),
      offlinePreview: ok("offlinePreview", (account, keep, budget) => this.offline.preview(account, keep, budget)),
      offlineFolderPreview: ok("offlineFolderPreview", (id, keep) => this.offline.folderPreview(id, keep)),
      offlineSet: ok("offlineSet", (account, keep, budget) => this.offline.set(account, keep, budget)),
      offlineFolderSet: ok("offlineFolderSet", (id, keep) => this.offline.folderSet(id, keep)),
      folders: ok("folders", () => this.#counted()),
      shrunkFolders: ok("shrunkFolders", () => this.shrunk),
      allowRemoval: ok("allowRemoval", (id) => this.#allow(id)),
      folderOpened: nothing("folderOpened"),
      listIndex: ok("listIndex", (id, by) => this.#index(id, by)),
      listRows: ok("listRows", (ids, by) => this.#rows(ids, by)),
      conversation: ok("conversation", (id) => structuredClone(conversationOf(this.mails, this.#find(id).row))),
      conversationMembers: ok("conversationMembers", (ids, everywhere) =>
        ids.flatMap((id) => membersOf(this.mails, this.#find(id).row, everywhere)),
      ),
      messageOpen: ok("messageOpen", (id, remote) => this.#open(id, remote)),
      messageComing: ok("messageComing", () => ({
        attachments: structuredClone(this.#files),
        coming: structuredClone(this.coming),
        changed: false,
      })),
      messageClose: ok("messageClose", (token) => this.#close(token)),
      messageRetry: ok("messageRetry", (id) => this.#reread(id)),
      messageHeaders: ok("messageHeaders", (id) => this.#source(id).split("\r\n\r\n")[0] ?? ""),
      messagePrint: nothing("messagePrint"),
      zoom: nothing("zoom"),
      listLeave: nothing("listLeave"),
      listOpen: nothing("listOpen"),
      messageSource: ok("messageSource", (id) => this.#source(id)),
      messageSave: nothing("messageSave"),
      attachmentSave: nothing("attachmentSave"),
      attachmentsSave: ok("attachmentsSave", (_, parts, folder) => parts.map((part) => `${folder}/${part}`)),
      attachmentOpen: nothing("attachmentOpen"),
      attachmentDrag: nothing("attachmentDrag"),
      attachmentFacts: ok("attachmentFacts", () => factsOf(this.#files)),
      attachmentText: ok("attachmentText", (_, part) => textOf(this.#files, part)),
      mark: ok("mark", (ids, { seen, flagged }) => this.#mark(ids, seen, flagged)),
      moveTo: ok("moveTo", (ids, target) => this.#move(ids, () => target)),
      delete: ok("delete", (ids) => this.#delete(ids)),
      archive: ok("archive", (ids) => this.#move(ids, (row) => this.#role(row.account, "archive"))),
      search: ok("search", (query, limit) => this.#search(query, limit)),
      pending: ok("pending", () => []),
      status: ok("status", () => ({
        version: "0.1.0",
        data_dir: "/profile/postroom",
        accounts: this.accounts.length,
        messages: this.mails.length,
        bodies: this.mails.length,
        raw_bytes: 0,
        stored_bytes: 48_000_000,
        pending: this.pending,
        quarantined: 1,
      })),
      openLink: nothing("openLink"),
      trustSender: nothing("trustSender"),
    };
  }

  #add(draft: { email: string; imap: { host: string } }, password: string, check: boolean): number {
    if (this.accounts.some((account) => account.email === draft.email)) throw new Refusal("account-exists");
    if (check && password === "wrong") throw new Refusal("login-refused", { server: draft.imap.host });
    this.accounts = structuredClone(ACCOUNTS);
    this.folders = structuredClone(FOLDERS);
    if (this.mails.length === 0) this.mails = fakeMails(Date.now());
    this.emit({ event: "accounts" });
    return 1;
  }

  #setPassword(id: number, password: string): null {
    const account = this.accounts.find((one) => one.id === id);
    if (!account) throw new Refusal("not-found");
    if (password === "wrong") throw new Refusal("login-refused", { server: account.imap.host });
    account.state = { state: "online" };
    this.emit({ event: "account", account: id, state: account.state });
    return null;
  }

  #removeAccount(id: number): null {
    this.accounts = this.accounts.filter((account) => account.id !== id);
    this.folders = this.folders.filter((folder) => folder.account !== id);
    this.mails = this.mails.filter(({ row }) => row.account !== id);
    return null;
  }

  #counted(): Folder[] {
    return this.folders.map((folder) => {
      const mails = this.mails.filter(({ row }) => row.folder === folder.id);
      const unread = mails.filter(({ row }) => !row.flags.includes("\\Seen")).length;
      return { ...folder, messages: mails.length, unread };
    });
  }

  #in(folder: number): MessageRow[] {
    return this.mails
      .filter(({ row }) => row.folder === folder)
      .map(({ row }) => row)
      .toSorted((a, b) => b.date - a.date);
  }

  #index(folder: number, by: ListBy) {
    const seen = new Set<number>();
    const all = this.#in(folder);
    const rows = by === "message" ? all : all.filter(({ thread }) => !seen.has(thread) && seen.add(thread));
    return {
      folder,
      ids: rows.map((row) => row.id),
      dates: rows.map((row) => Math.floor(row.date / 1000)),
      rows: structuredClone(rows.slice(0, 60).map((row) => this.#as(row, by))),
    };
  }

  #find(id: number): FakeMail {
    const mail = this.mails.find(({ row }) => row.id === id);
    if (!mail) throw new Refusal("not-found");
    return mail;
  }

  #rows(ids: number[], by: ListBy): MessageRow[] {
    const wanted = new Set(ids);
    const rows = this.mails.filter(({ row }) => wanted.has(row.id));
    return structuredClone(rows.map(({ row }) => this.#as(row, by)));
  }

  #as(row: MessageRow, by: ListBy): MessageRow {
    return by === "message" ? row : { ...row, conversation: summaryOf(this.mails, row) };
  }

  #open(id: number, remote: boolean): OpenedMessage {
    const { row, cc, body, kind, attachments, remote: pictures, trackers, defects } = this.#find(id);
    const token = `fake-${++this.#token}`;
    this.#files = attachments;
    if (row.has_body && this.#pages)
      this.#urls.set(token, URL.createObjectURL(new Blob([bodyPage(body, kind)], { type: "text/html" })));
    return structuredClone({
      id,
      token,
      row,
      cc,
      reply_to: [],
      message_id: `${id}@mail.example`,
      body: row.has_body ? kind : "missing",
      attachments,
      remote_pictures: pictures,
      remote_trackers: trackers,
      remote_allowed: remote || pictures === 0,
      sender_marks: this.around.sender_marks ?? [],
      unsubscribe: this.around.unsubscribe ?? null,
      invitation: this.around.invitation ?? null,
      defects,
      coming: row.has_body ? this.coming : null,
    });
  }

  #allow(id: number): null {
    this.shrunk = this.shrunk.filter(({ folder }) => folder !== id);
    return null;
  }

  #reread(id: number): null {
    const mail = this.#find(id);
    mail.kind = "text";
    mail.defects = [];
    return null;
  }

  #close(token: string): null {
    const url = this.#urls.get(token);
    if (url !== undefined) URL.revokeObjectURL(url);
    this.#urls.delete(token);
    return null;
  }

  #source(id: number): string {
    const { row, body } = this.#find(id);
    const from = row.from[0];
    return `From: ${from?.name ?? ""} <${from?.email ?? ""}>\r\nTo: ${row.to.map((a) => a.email).join(", ")}\r\nSubject: ${row.subject}\r\nDate: ${new Date(row.date).toUTCString()}\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n${body}\r\n`;
  }

  #mark(ids: number[], seen: boolean | null, flagged: boolean | null): null {
    for (const id of ids) {
      const { row } = this.#find(id);
      const put = (flag: string, on: boolean | null) => {
        if (on === null) return;
        row.flags = row.flags.filter((other) => other !== flag);
        if (on) row.flags.push(flag);
      };
      put("\\Seen", seen);
      put("\\Flagged", flagged);
    }
    this.#changed(ids);
    return null;
  }

  #role(account: number, role: Folder["role"]): number {
    const target = this.folders.find((folder) => folder.account === account && folder.role === role);
    if (!target) throw new Refusal("no-such-role");
    return target.id;
  }

  #move(ids: number[], target: (row: MessageRow) => number): null {
    for (const id of ids) {
      const { row } = this.#find(id);
      const from = row.folder;
      row.folder = target(row);
      this.emit({ event: "messages", account: row.account, folder: from });
    }
    this.#changed(ids);
    return null;
  }

  #delete(ids: number[]): null {
    const trashed = new Set(
      ids.filter((id) => this.#find(id).row.folder === this.#role(this.#find(id).row.account, "trash")),
    );
    this.#move(
      ids.filter((id) => !trashed.has(id)),
      (row) => this.#role(row.account, "trash"),
    );
    this.mails = this.mails.filter(({ row }) => !trashed.has(row.id));
    return null;
  }

  #search(query: string, limit: number) {
    const wanted = query.toLocaleLowerCase();
    const text = (row: MessageRow) =>
      [row.subject, ...[...row.from, ...row.to].flatMap((a) => [a.name, a.email])].join("\n");
    const found = this.mails
      .map(({ row }) => row)
      .filter((row) => text(row).toLocaleLowerCase().includes(wanted))
      .toSorted((a, b) => b.date - a.date);
    return { messages: structuredClone(found.slice(0, limit)), total: found.length };
  }

  #changed(ids: number[]): void {
    for (const folder of new Set(ids.map((id) => this.#find(id).row.folder)))
      this.emit({ event: "messages", account: this.folders.find((f) => f.id === folder)?.account ?? 0, folder });
  }
}
