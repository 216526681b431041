// When an event of a calendar is, in the reader's own words and time zone.

interface Moment {
  at: number | null;
  /** `2026-03-03T10:00:00`, or `2026-03-03` for a whole day. */
  local: string;
}

const DAY_ONLY = /^\d{4}-\d{2}-\d{2}$/;
const isDay = (moment: Moment) => moment.at === null && DAY_ONLY.test(moment.local);
const tag = (locale: string) => (locale === "en" ? "en-GB" : locale);

/** A moment to be written: in the reader's zone if it is known, else the written one as it stands. */
function parts(moment: Moment): { date: number; zone: string | undefined } | undefined {
  if (moment.at !== null) return { date: moment.at, zone: undefined };
  const date = Date.parse(`${moment.local}${isDay(moment) ? "T00:00:00" : ""}Z`);
  return Number.isNaN(date) ? undefined : { date, zone: "UTC" };
}

function format(locale: string, zone: string | undefined, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(tag(locale), { ...options, hourCycle: "h23", ...(zone && { timeZone: zone }) });
}

const DATE = { weekday: "short", year: "numeric", month: "long", day: "numeric" } as const;
const CLOCK = { hour: "2-digit", minute: "2-digit" } as const;

/** From when to when; `undefined` for what is no date. `day`: whole days, whose last one is not named by the end. */
export function eventTime(
  start: Moment,
  end: Moment | null,
  locale: string,
): { text: string; day: boolean } | undefined {
  const from = parts(start);
  if (!from) return undefined;
  const day = isDay(start);
  const until = end ? parts(end) : undefined;
  const to = until && until.zone === from.zone && isDay(end ?? start) === day ? until.date - (day ? 86_400_000 : 0) : 0;
  const date = format(locale, from.zone, DATE);
  if (day) return { text: to > from.date ? date.formatRange(from.date, to) : date.format(from.date), day };
  const zone = start.at === null ? "" : ` ${zoneName(locale, from.date)}`;
  const clock = format(locale, from.zone, CLOCK);
  const whole = (at: number) => `${date.format(at)} ${clock.format(at)}`;
  const begin = whole(from.date);
  if (to <= from.date) return { text: begin + zone, day };
  const sameDay = date.format(from.date) === date.format(to);
  return { text: `${begin}–${sameDay ? clock.format(to) : whole(to)}${zone}`, day };
}

/** The reader's time zone as it is called at that time: "CET", "GMT+8". */
function zoneName(locale: string, at: number): string {
  const parts = format(locale, undefined, { timeZoneName: "short" }).formatToParts(at);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? "";
}

/** The leaf of a calendar: month and day. */
export function dayOf(moment: Moment, locale: string): { month: string; day: string } | undefined {
  const at = parts(moment);
  if (!at) return undefined;
  const of = (options: Intl.DateTimeFormatOptions) => format(locale, at.zone, options);
  const day = of({ day: "numeric" }).formatToParts(at.date);
  return {
    month: of({ month: "short" }).format(at.date),
    day: day.find((part) => part.type === "day")?.value ?? "",
  };
}
