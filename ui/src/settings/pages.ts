// What the settings show, and what they need of the window around them.
import type { Account, SyncProgress } from "../ipc";

export type SettingsPage = "appearance" | "storage";

/** A folder's place in its account's tree. */
export interface FolderPlace {
  id: number;
  name: string;
  level: number;
}

/** The accounts as the window knows them. */
export interface Accounts {
  list: readonly Account[];
  /** An account's folders in the order of the sidebar. */
  places(account: number): FolderPlace[];
  progress(account: number): SyncProgress | undefined;
}
