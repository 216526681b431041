import { expect, test } from "vitest";
import { dayOf, eventTime } from "./events";

const at = (text: string) => ({ at: Date.parse(text), local: "" });
const written = (local: string) => ({ at: null, local });

test("a known time is written in the reader's own zone", () => {
  const start = at("2026-03-03T09:00:00Z");
  const zone = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" }).format(start.at);
  const shown = eventTime(start, at("2026-03-03T10:30:00Z"), "en");
  expect(shown?.text).toContain(zone);
  expect(shown?.text).toContain("March 2026");
  expect(shown?.day).toBe(false);
});

test("a time in no zone that is known stays as it was written", () => {
  expect(eventTime(written("2026-03-03T10:00:00"), null, "en")?.text).toMatch(/3 March 2026.*10:00$/);
  expect(eventTime(written("2026-03-03T10:00:00"), null, "zh-Hans")?.text).toContain("2026年3月3日");
});

test("a whole day ends on its last day, not on the one after", () => {
  const one = eventTime(written("2026-03-03"), written("2026-03-04"), "en");
  expect(one).toEqual({ text: expect.stringMatching(/^Tue.* 3 March 2026$/) as unknown, day: true });
  const three = eventTime(written("2026-03-03"), written("2026-03-06"), "en");
  expect(three?.text).toMatch(/3.*5 March 2026$/);
});

test("an end that cannot be is left out", () => {
  expect(eventTime(written("2026-03-03T10:00:00"), written("2026-03-01T10:00:00"), "en")?.text).not.toContain(
    "1 March",
  );
  expect(eventTime(written("nonsense"), null, "en")).toBeUndefined();
  expect(eventTime(written("2026-13-99"), null, "en")).toBeUndefined();
});

test("a calendar's leaf has month and day", () => {
  expect(dayOf(written("2026-03-03"), "en")).toEqual({ month: "Mar", day: "3" });
  expect(dayOf(written("2026-03-03"), "zh-Hans")?.day).toBe("3");
  expect(dayOf(written(""), "en")).toBeUndefined();
});
