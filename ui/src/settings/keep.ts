// The rules of what is kept on this computer, and their names in lists to choose from.
import { t, tn } from "../i18n/index.svelte";

export interface Choosable {
  value: string;
  word: string;
}

const MONTHS = [1, 3, 6, 12, 24];
/** One "GB" of a budget: the core's own default is 50 of them. */
export const GIB = 1024 ** 3;
const BUDGETS = [1, 5, 10, 50];
/** The value of a folder that does as its account. */
export const INHERIT = "";
/** The value of a budget that is typed. */
export const OWN = "own";

export function keepWord(keep: string): string {
  if (keep === "all") return t("offline.everything");
  if (keep === "headers") return t("offline.headers");
  return tn("offline.months", Number.parseInt(keep, 10));
}

/** All rules; `now` is among them even if only postroomctl could have set it. */
export function keeps(now: string | null): Choosable[] {
  const months = MONTHS.map((n) => `${n}m`);
  if (now !== null && /^\d+m$/.test(now) && !months.includes(now)) months.push(now);
  months.sort((a, b) => Number.parseInt(b, 10) - Number.parseInt(a, 10));
  return ["all", ...months, "headers"].map((value) => ({ value, word: keepWord(value) }));
}

const gb = (bytes: number) => bytes / GIB;

/** The choice that stands for a budget. */
export function budgetChoice(bytes: number): string {
  if (bytes === 0) return "0";
  return BUDGETS.includes(gb(bytes)) ? String(gb(bytes)) : OWN;
}

export function budgets(): Choosable[] {
  const sizes = BUDGETS.map((n) => ({ value: String(n), word: t("offline.gb", { n }) }));
  return [{ value: "0", word: t("offline.noLimit") }, ...sizes, { value: OWN, word: t("offline.ownLimit") }];
}

/** A budget in GB, as it is typed. */
export const budgetText = (bytes: number): string => String(Math.round(gb(bytes) * 10) / 10);

/** What was typed, in bytes; `undefined` if it is no budget. */
export function budgetOf(typed: string): number | undefined {
  const n = Number(typed.trim().replace(",", "."));
  if (typed.trim() === "" || !Number.isFinite(n) || n < 0.1 || n > 100_000) return undefined;
  return Math.round(n * GIB);
}
