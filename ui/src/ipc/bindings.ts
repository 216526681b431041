// The commands and types of the Rust shell. GENERATED from it by tauri-specta: do not edit by hand.
import { invoke as __TAURI_INVOKE } from "@tauri-apps/api/core";

/** Commands */
export const commands = {
  appInfo: () => typedError<AppInfo, Fault>(__TAURI_INVOKE("app_info")),
  accounts: () => typedError<Account[], Fault>(__TAURI_INVOKE("accounts")),
  accountAdd: (draft: AccountDraft, password: string, check: boolean) =>
    typedError<AccountId, Fault>(__TAURI_INVOKE("account_add", { draft, password, check })),
  accountRemove: (account: AccountId) => typedError<null, Fault>(__TAURI_INVOKE("account_remove", { account })),
  accountRetry: (account: AccountId) => typedError<null, Fault>(__TAURI_INVOKE("account_retry", { account })),
  syncNow: () => typedError<null, Fault>(__TAURI_INVOKE("sync_now")),
  folders: () => typedError<Folder[], Fault>(__TAURI_INVOKE("folders")),
  listIndex: (folder: FolderId) => typedError<ListIndex, Fault>(__TAURI_INVOKE("list_index", { folder })),
  listRows: (ids: MessageId[]) => typedError<MessageRow[], Fault>(__TAURI_INVOKE("list_rows", { ids })),
  messageOpen: (message: MessageId, remote: boolean) =>
    typedError<OpenedMessage, Fault>(__TAURI_INVOKE("message_open", { message, remote })),
  messageClose: (token: string) => typedError<null, Fault>(__TAURI_INVOKE("message_close", { token })),
  messageSource: (message: MessageId) => typedError<string, Fault>(__TAURI_INVOKE("message_source", { message })),
  messageSave: (message: MessageId, path: string) =>
    typedError<null, Fault>(__TAURI_INVOKE("message_save", { message, path })),
  attachmentSave: (token: string, part: PartNumber, path: string) =>
    typedError<null, Fault>(__TAURI_INVOKE("attachment_save", { token, part, path })),
  attachmentOpen: (token: string, part: PartNumber) =>
    typedError<null, Fault>(__TAURI_INVOKE("attachment_open", { token, part })),
  mark: (messages: MessageId[], mark: Mark) => typedError<null, Fault>(__TAURI_INVOKE("mark", { messages, mark })),
  moveTo: (messages: MessageId[], folder: FolderId) =>
    typedError<null, Fault>(__TAURI_INVOKE("move_to", { messages, folder })),
  delete: (messages: MessageId[]) => typedError<null, Fault>(__TAURI_INVOKE("delete", { messages })),
  archive: (messages: MessageId[]) => typedError<null, Fault>(__TAURI_INVOKE("archive", { messages })),
  search: (query: string, limit: number) =>
    typedError<SearchResult, Fault>(__TAURI_INVOKE("search", { query, limit })),
  pending: () => typedError<Operation[], Fault>(__TAURI_INVOKE("pending")),
  status: () => typedError<Status, Fault>(__TAURI_INVOKE("status")),
  openLink: (url: string) => typedError<null, Fault>(__TAURI_INVOKE("open_link", { url })),
  trustSender: (email: string) => typedError<null, Fault>(__TAURI_INVOKE("trust_sender", { email })),
};

/* Types */
export type AccountId = number;
export type FolderId = number;
export type MessageId = number;
export type OperationId = number;
export type PartNumber = number;
export type Uid = number;
export type UnixMillis = number;

export type AppInfo = { version: string; mail_base: string; os: string; locale: string };

export type TlsMode = "implicit" | "starttls" | "none";
export type Protocol = "imap" | "smtp";
export type ServerAddress = { host: string; port: number; tls: TlsMode };
export type AccountDraft = {
  name: string;
  email: string;
  imap: ServerAddress;
  smtp: ServerAddress;
  user: string;
  ca_pem: string | null;
};
export type AccountState =
  | { state: "idle" }
  | { state: "connecting" }
  | { state: "online" }
  | { state: "offline"; fault: Fault }
  | { state: "blocked"; fault: Fault };
export type Account = {
  id: AccountId;
  name: string;
  email: string;
  imap: ServerAddress;
  smtp: ServerAddress;
  user: string;
  private_ca: boolean;
  state: AccountState;
};

export type FaultCode =
  | "login-refused"
  | "host-unknown"
  | "connection-refused"
  | "connection-lost"
  | "timed-out"
  | "certificate-untrusted"
  | "tls-unavailable"
  | "server-nonsense"
  | "server-refused"
  | "vault-unavailable"
  | "vault-key-wrong"
  | "not-found"
  | "account-exists"
  | "invalid-input"
  | "no-such-role"
  | "body-missing"
  | "profile-in-use"
  | "profile-too-new"
  | "storage"
  | "internal";
export type Fault = { code: FaultCode; message: string; params: { [key in string]: string } };

export type FolderRole =
  | "inbox"
  | "drafts"
  | "sent"
  | "archive"
  | "junk"
  | "trash"
  | "all"
  | "flagged"
  | "other";
export type Folder = {
  id: FolderId;
  account: AccountId;
  path: string;
  name: string;
  delimiter: string;
  role: FolderRole;
  selectable: boolean;
  messages: number;
  unread: number;
};

export type Address = { name: string; email: string };
export type MessageRow = {
  id: MessageId;
  account: AccountId;
  folder: FolderId;
  uid: Uid | null;
  date: UnixMillis;
  from: Address[];
  to: Address[];
  subject: string;
  preview: string;
  flags: string[];
  size: number;
  has_attachments: boolean;
  has_body: boolean;
};
export type ListIndex = { folder: FolderId; ids: MessageId[]; dates: number[]; rows: MessageRow[] };
export type SearchResult = { messages: MessageRow[]; total: number };
export type Mark = { seen: boolean | null; flagged: boolean | null };

export type BodyKind = "html" | "text" | "source" | "missing";
export type DefectKind =
  | "not-mime"
  | "too-deep"
  | "too-many-parts"
  | "header-too-large"
  | "too-many-addresses"
  | "sender-unclear"
  | "date-missing"
  | "broken-encoding"
  | "broken-charset"
  | "html-too-complex"
  | "quarantined";
export type Defect = { kind: DefectKind; detail: string };
export type Attachment = { part: PartNumber; name: string; mime_type: string; size: number; inline: boolean };
export type OpenedMessage = {
  id: MessageId;
  token: string;
  row: MessageRow;
  cc: Address[];
  reply_to: Address[];
  message_id: string;
  body: BodyKind;
  attachments: Attachment[];
  remote_pictures: number;
  remote_allowed: boolean;
  defects: Defect[];
};

export type OperationKind = "flags" | "move" | "expunge";
export type OperationState = "queued" | "sent";
export type Operation = {
  id: OperationId;
  account: AccountId;
  message: MessageId;
  kind: OperationKind;
  add: string[];
  remove: string[];
  target: FolderId | null;
  state: OperationState;
  created_at: UnixMillis;
  attempts: number;
};
export type Status = {
  version: string;
  data_dir: string;
  accounts: number;
  messages: number;
  bodies: number;
  raw_bytes: number;
  stored_bytes: number;
  pending: number;
  quarantined: number;
};

export type SyncPhase = "folders" | "headers" | "bodies" | "done";
export type SyncProgress = {
  account: AccountId;
  folder: string;
  phase: SyncPhase;
  done: number;
  total: number;
  bytes: number;
};
export type Event =
  | ({ event: "progress" } & SyncProgress)
  | { event: "account"; account: AccountId; state: AccountState }
  | { event: "accounts" }
  | { event: "folders"; account: AccountId }
  | { event: "messages"; account: AccountId; folder: FolderId }
  | { event: "pending"; count: number }
  | { event: "operation-failed"; account: AccountId; fault: Fault };

/* Tauri Specta runtime */
async function typedError<T, E>(
  result: Promise<T>,
): Promise<{ status: "ok"; data: T } | { status: "error"; error: E }> {
  try {
    return { status: "ok", data: await result };
  } catch (e) {
    if (e instanceof Error) throw e;
    return { status: "error", error: e as E };
  }
}
