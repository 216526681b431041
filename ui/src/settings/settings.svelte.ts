// How the app looks on this computer: language, theme, density, widths of panes. Kept in the web view's own storage.
// The one module with state besides i18n, as the theme belongs to the whole window.
import { matchLocale, setLocale } from "../i18n/index.svelte";
import type { Locale } from "../i18n/index.svelte";
import type { ListBy } from "../ipc";

export type Theme = "system" | "light" | "dark";
export type Density = "compact" | "normal" | "relaxed";
export type Language = "system" | Locale;

interface Stored {
  language: Language;
  theme: Theme;
  density: Density;
  /** Whether lists show each message or each conversation. */
  by: ListBy;
  /** Width of the sidebar, px. */
  side: number;
  /** Width of the list, px; `null` follows the window. */
  list: number | null;
  sidebar: boolean;
  /** Sections and folders that are folded, as `account` or `account/path`. */
  folded: string[];
  /** How large everything is drawn; 1 is as designed. */
  zoom: number;
  /** Senders whose mail keeps its own colours in the dark theme: addresses in lower case, the newest last. */
  original: string[];
}

const NAME = "postroom.look";
const DEFAULTS: Stored = {
  language: "system",
  theme: "system",
  density: "normal",
  by: "conversation",
  side: 240,
  list: null,
  sidebar: true,
  folded: [],
  zoom: 1,
  original: [],
};

/** A row's height by density, px: the same as `--row` in tokens.css. */
export const ROW_HEIGHT: Record<Density, number> = { compact: 44, normal: 76, relaxed: 104 };

const LANGUAGES = ["system", "en", "zh-Hans", "zh-Hant"];
const clamp = (value: unknown, min: number, max: number) =>
  typeof value === "number" && Number.isFinite(value) ? Math.min(max, Math.max(min, value)) : undefined;

const strings = (value: unknown): string[] =>
  Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];

export const SIDE = { min: 180, max: 360 };
export const LIST = { min: 300, max: 560 };
/** The steps of the zoom. */
export const ZOOMS: readonly number[] = [0.8, 0.9, 1, 1.1, 1.25, 1.5, 1.75, 2];
/** More senders than this are forgotten, the oldest first. */
const MOST_ORIGINAL = 500;

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
    by: one(raw.by, ["message", "conversation"], DEFAULTS.by),
    side: clamp(raw.side, SIDE.min, SIDE.max) ?? DEFAULTS.side,
    list: clamp(raw.list, LIST.min, LIST.max) ?? null,
    sidebar: raw.sidebar !== false,
    folded: strings(raw.folded),
    zoom: typeof raw.zoom === "number" && ZOOMS.includes(raw.zoom) ? raw.zoom : DEFAULTS.zoom,
    original: strings(raw.original).slice(-MOST_ORIGINAL),
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
  get by() {
    return this.#stored.by;
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
  get zoom() {
    return this.#stored.zoom;
  }
  /** Whether mail of this sender keeps its own colours. */
  isOriginal(email: string): boolean {
    return email !== "" && this.#stored.original.includes(email.toLowerCase());
  }
  setOriginal(email: string, original: boolean): void {
    const sender = email.toLowerCase();
    const others = this.#stored.original.filter((other) => other !== sender);
    this.set({ original: original ? [...others, sender].slice(-MOST_ORIGINAL) : others });
  }
  /** The next larger or smaller zoom; for 0 as designed. */
  zoomBy(by: 1 | 0 | -1): void {
    const at = ZOOMS.indexOf(this.zoom);
    this.set({ zoom: by === 0 ? 1 : (ZOOMS[at + by] ?? this.zoom) });
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
