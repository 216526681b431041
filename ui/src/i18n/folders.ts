// Folders' names: those with a role go by our words, the user's own by theirs.
import { hasKey, t } from "./index.svelte";

export function folderName(folder: { role: string; name: string }): string {
  const key = `folder.${folder.role}`;
  return folder.role !== "other" && hasKey(key) ? t(key) : folder.name;
}
