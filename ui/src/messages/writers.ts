// Who wrote what a row stands for.
import { t } from "../i18n/index.svelte";
import type { MessageRow } from "../ipc";
import { label } from "../lib/names";

/** Messages that a row stands for. */
export const count = (row: MessageRow) => row.conversation?.messages ?? 1;

/** The names, of a conversation the first and the last: those in between give way first. Empty where nobody is named. */
export function writers(row: MessageRow): string {
  const names = (row.conversation?.people ?? row.from.slice(0, 1)).map(label).filter(Boolean);
  const [first = "", last] = [names[0], names.at(-1)];
  if (names.length <= 2) return names.join(t("row.join"));
  return names.length === 3 ? names.join(t("row.join")) : `${first} … ${last}`;
}
