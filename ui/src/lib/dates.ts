// Dates as the list and the reader write them. The time now is passed in, so that tests repeat.

const DAY = 86_400_000;
const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, key: string, options: Intl.DateTimeFormatOptions, at: number): string {
  const name = `${locale} ${key}`;
  let made = formats.get(name);
  if (!made) {
    // British English writes "12 Nov" and a 24 hour clock, as the design does.
    made = new Intl.DateTimeFormat(locale === "en" ? "en-GB" : locale, { hourCycle: "h23", ...options });
    formats.set(name, made);
  }
  return made.format(at);
}

/** Local midnight of the day that holds `at`, `days` later. */
function midnight(at: number, days = 0): number {
  const date = new Date(at);
  return new Date(date.getFullYear(), date.getMonth(), date.getDate() + days).getTime();
}

/** Local midnight of the Monday on or before `at`. */
function monday(at: number): number {
  return midnight(at, -((new Date(at).getDay() + 6) % 7));
}

export const time = (at: number, locale: string) => format(locale, "time", { hour: "2-digit", minute: "2-digit" }, at);

function iso(at: number): string {
  const date = new Date(at);
  const two = (n: number) => String(n).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** The date of a row: 10:31 today and yesterday, Mon in the six days before, 12 Nov this year, else 2025-11-12. */
export function rowDate(at: number, now: number, locale: string): string {
  if (at >= midnight(now, -1) && at < midnight(now, 1)) return time(at, locale);
  if (at >= midnight(now, -6) && at < now) return format(locale, "weekday", { weekday: "short" }, at);
  if (new Date(at).getFullYear() === new Date(now).getFullYear())
    return format(locale, "day", { day: "numeric", month: "short" }, at);
  return iso(at);
}

/** The whole date, for the reader's details and tooltips. */
export const fullDate = (at: number, locale: string) =>
  format(
    locale,
    "full",
    {
      weekday: "long",
      year: "numeric",
      month: "long",
      day: "numeric",
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      timeZoneName: "short",
    },
    at,
  );

export interface DayWords {
  today: string;
  yesterday: string;
  lastWeek: string;
}

/** The date in the reader's header: "Today 10:31", "Mon 16:20", "12 Nov 16:20". */
export function headerDate(at: number, now: number, locale: string, words: DayWords): string {
  if (at >= midnight(now) && at < midnight(now, 1)) return `${words.today} ${time(at, locale)}`;
  if (at >= midnight(now, -1) && at < midnight(now)) return `${words.yesterday} ${time(at, locale)}`;
  return `${rowDate(at, now, locale)} ${time(at, locale)}`;
}

/** A run of rows of a list under one heading. */
export interface DayGroup {
  label: string;
  /** The first row's place in the list. */
  start: number;
}

/** The heading for `at` and the earliest moment that still belongs under it. */
function groupOf(at: number, now: number, locale: string, words: DayWords): { label: string; from: number } {
  const today = midnight(now);
  if (at >= today) return { label: words.today, from: today };
  const yesterday = midnight(now, -1);
  if (at >= yesterday) return { label: words.yesterday, from: yesterday };
  const week = monday(now);
  if (at >= week) return { label: format(locale, "longday", { weekday: "long" }, at), from: midnight(at) };
  const lastWeek = midnight(week, -7);
  if (at >= lastWeek) return { label: words.lastWeek, from: lastWeek };
  const date = new Date(at);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  const label = sameYear
    ? format(locale, "month", { month: "long" }, at)
    : format(locale, "year", { month: "long", year: "numeric" }, at);
  return { label, from: new Date(date.getFullYear(), date.getMonth(), 1).getTime() };
}

/** Cuts a list, newest first, into days, weeks and months. `dates` are seconds since 1970. */
export function dayGroups(dates: readonly number[], now: number, locale: string, words: DayWords): DayGroup[] {
  const groups: DayGroup[] = [];
  let from = Number.POSITIVE_INFINITY;
  dates.forEach((seconds, start) => {
    const at = seconds * 1000;
    if (at >= from) return;
    const group = groupOf(at, now, locale, words);
    from = group.from;
    if (groups.at(-1)?.label !== group.label) groups.push({ label: group.label, start });
  });
  return groups;
}

/** How long until the next local midnight, when every "today" turns into "yesterday". */
export const untilMidnight = (now: number) => Math.min(midnight(now, 1) - now, DAY);
