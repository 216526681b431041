// Folders' names: those with a role go by our words, the user's own by theirs.
import { hasKey, t } from "./index.svelte";

/** The folder that stands for the inboxes of all accounts; no folder of the core has this number. */
export const ALL_INBOXES = 0;

export function folderName(folder: { id?: number; role: string; name: string }): string {
  if (folder.id === ALL_INBOXES) return t("folder.inboxes");
  const key = `folder.${folder.role}`;
  return folder.role !== "other" && hasKey(key) ? t(key) : folder.name;
}
