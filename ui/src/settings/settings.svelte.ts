// How the app looks on this computer: language, theme, density, widths of panes. Kept in the web view's own storage.
// The one module with state besides i18n, as the theme belongs to the whole window.
import { matchLocale, setLocale } from "../i18n/index.svelte";
import type { Locale } from "../i18n/index.svelte";

export type Theme = "system" | "light" | "dark";
export type Density = "compact" | "normal" | "relaxed";
export type Language = "system" | Locale;

interface Stored {
  language: Language;
  theme: Theme;
  density: Density;
  /** Width of the sidebar, px. */
  side: number;
  /** Width of the list, px; `null` follows the window. */
  list: number | null;
  sidebar: boolean;
  /** Sections and folders that are folded, as `account` or `account/path`. */
  folded: string[];
}

const NAME = "postroom.look";
const DEFAULTS: Stored = {
  language: "system",
  theme: "system",
  density: "normal",
  side: 240,
  list: null,
  sidebar: true,
  folded: [],
};

/** A row's height by density, px: the same as `--row` in tokens.css. */
export const ROW_HEIGHT: Record<Density, number> = { compact: 44, normal: 76, relaxed: 104 };

const LANGUAGES = ["system", "en", "zh-Hans", "zh-Hant"];
const clamp = (value: unknown, min: number, max: number) =>
  typeof value === "number" && Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : undefined;

export const SIDE = { min: 180, max: 360 };
export const LIST = { min: 300, max: 560 };

function read(): Stored {
  let raw: Partial<Record<keyof Stored, unknown>> = {};
  try {
    const parsed: unknown = JSON.parse(localStorage.getItem(NAME) ?? "{}");
    if (typeof parsed === "object" && parsed !== null) raw = parsed;
  } catch {
    // Unreadable or forbidden storage: the defaults serve.
  }
  const one = <T extends string>(value: unknown, of: readonly string[], or: T) =>
    typeof value === "string" && of.includes(value) ? (value as T) : or;
  return {
    language: one(raw.language, LANGUAGES, DEFAULTS.language),
    theme: one(raw.theme, ["system", "light", "dark"], DEFAULTS.theme),
    density: one(raw.density, ["compact", "normal", "relaxed"], DEFAULTS.density),
    side: clamp(raw.side, SIDE.min, SIDE.max) ?? DEFAULTS.side,
    list: clamp(raw.list, LIST.min, LIST.max) ?? null,
    sidebar: raw.sidebar !== false,
    folded: Array.isArray(raw.folded) ? raw.folded.filter((f): f is string => typeof f === "string") : [],
  };
}

class Settings {
  #stored = $state.raw<Stored>({ ...DEFAULTS });
  #dark = $state(false);

  get language() {
    return this.#stored.language;
  }
  get theme() {
    return this.#stored.theme;
  }
  get density() {
    return this.#stored.density;
  }
  get side() {
    return this.#stored.side;
  }
  get list() {
    return this.#stored.list;
  }
  get sidebar() {
    return this.#stored.sidebar;
  }
  get folded() {
    return this.#stored.folded;
  }
  /** Whether the app is drawn dark now. */
  get dark() {
    return this.theme === "dark" || (this.theme === "system" && this.#dark);
  }

  /** Reads what was kept and follows the system. Once, before the app is drawn. */
  start(): void {
    this.#stored = read();
    const query = matchMedia("(prefers-color-scheme: dark)");
    this.#dark = query.matches;
    query.addEventListener("change", (event) => {
      this.#dark = event.matches;
      this.#apply();
    });
    addEventListener("languagechange", () => this.#apply());
    this.#apply();
  }

  /** Changes some of it, at once. */
  set(change: Partial<Stored>): void {
    this.#stored = { ...this.#stored, ...change };
    try {
      localStorage.setItem(NAME, JSON.stringify(this.#stored));
    } catch {
      // Not kept, but in force until the end.
    }
    this.#apply();
  }

  #apply(): void {
    const { language, density } = this.#stored;
    setLocale(language === "system" ? matchLocale(navigator.languages) : language);
    Object.assign(document.documentElement.dataset, { theme: this.dark ? "dark" : "light", density });
  }
}

export const settings = new Settings();
