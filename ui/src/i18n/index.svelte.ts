// The words of the app. Flat catalogues; a key missing from one of them, or one too many, is a type error below.
import en from "./en.json";
import hans from "./zh-Hans.json";
import hant from "./zh-Hant.json";

export type Locale = "en" | "zh-Hans" | "zh-Hant";
export type MessageKey = keyof typeof en;
type Catalogue = Record<MessageKey, string>;
/** Keys that come as `x.one` and `x.other`. */
export type PluralKey = MessageKey extends infer K ? (K extends `${infer Base}.other` ? Base : never) : never;
export type Params = Record<string, string | number>;

/** Holds only if both have the same keys. */
type SameKeys<A, B> = [Exclude<keyof A, keyof B>, Exclude<keyof B, keyof A>] extends [never, never] ? A : never;

const simplified: SameKeys<typeof hans, typeof en> = hans;
const traditional: SameKeys<typeof hant, typeof en> = hant;
export const catalogues: Record<Locale, Catalogue> = { en, "zh-Hans": simplified, "zh-Hant": traditional };

let current = $state<Locale>("en");

/** The language of the app, for `lang` and for Intl. */
export const locale = (): Locale => current;

export function setLocale(next: Locale): void {
  current = next;
  document.documentElement.lang = next;
}

/** The catalogue that serves the first language that we speak; English where there is none. */
export function matchLocale(languages: readonly string[]): Locale {
  for (const language of languages) {
    const tag = language.toLowerCase();
    if (/^zh\b/.test(tag)) return /hant|-tw|-hk|-mo/.test(tag) && !tag.includes("hans") ? "zh-Hant" : "zh-Hans";
    if (/^en\b/.test(tag)) return "en";
  }
  return "en";
}

/** Whether a word of the catalogue has this name; for names that come from the core. */
export const hasKey = (key: string): key is MessageKey => Object.hasOwn(en, key);

function fill(text: string, params: Params): string {
  return text.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = params[name];
    return typeof value === "number" ? value.toLocaleString(current) : (value ?? "");
  });
}

/** A sentence. Numbers are written as the language does. */
export const t = (key: MessageKey, params: Params = {}): string => fill(catalogues[current][key], params);

/** A sentence about `n` things. */
export function tn(key: PluralKey, n: number, params: Params = {}): string {
  const form = new Intl.PluralRules(current).select(n) === "one" ? "one" : "other";
  return t(`${key}.${form}` as MessageKey, { n, ...params });
}
