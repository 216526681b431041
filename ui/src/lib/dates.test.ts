import { describe, expect, test } from "vitest";
import { dayGroups, headerDate, rowDate } from "./dates";

// A Wednesday, local time, whatever the machine's zone.
const at = (y: number, mo: number, d: number, h = 10, mi = 31) => new Date(y, mo - 1, d, h, mi).getTime();
const NOW = at(2026, 11, 25, 15, 0);
const WORDS = { today: "Today", yesterday: "Yesterday", lastWeek: "Last week" };

describe("a row's date", () => {
  test.each([
    [at(2026, 11, 25), "10:31", "10:31"],
    [at(2026, 11, 24), "10:31", "10:31"],
    [at(2026, 11, 25, 0, 5), "00:05", "00:05"],
    [at(2026, 11, 23), "Mon", "周一"],
    [at(2026, 11, 19), "Thu", "周四"],
    [at(2026, 11, 12), "12 Nov", "11月12日"],
    [at(2025, 11, 12), "2025-11-12", "2025-11-12"],
    [at(2026, 12, 24), "24 Dec", "12月24日"],
  ])("%i", (date, en, zh) => {
    expect(rowDate(date, NOW, "en")).toBe(en);
    expect(rowDate(date, NOW, "zh-Hans")).toBe(zh);
  });
});

test("the header names the day and the time", () => {
  expect(headerDate(at(2026, 11, 25), NOW, "en", WORDS)).toBe("Today 10:31");
  expect(headerDate(at(2026, 11, 24), NOW, "en", WORDS)).toBe("Yesterday 10:31");
  expect(headerDate(at(2026, 11, 12), NOW, "en", WORDS)).toBe("12 Nov 10:31");
});

test("a list is cut into days, weeks and months", () => {
  const dates = [
    at(2026, 11, 25, 14),
    at(2026, 11, 25, 1),
    at(2026, 11, 24),
    at(2026, 11, 23),
    at(2026, 11, 20),
    at(2026, 11, 16),
    at(2026, 11, 2),
    at(2026, 10, 31),
    at(2025, 12, 1),
  ].map((ms) => Math.floor(ms / 1000));
  expect(dayGroups(dates, NOW, "en", WORDS)).toEqual([
    { label: "Today", start: 0 },
    { label: "Yesterday", start: 2 },
    { label: "Monday", start: 3 },
    { label: "Last week", start: 4 },
    { label: "November", start: 6 },
    { label: "October", start: 7 },
    { label: "December 2025", start: 8 },
  ]);
});

test("a date in the future stands under today", () => {
  expect(dayGroups([Math.floor(at(2027, 1, 1) / 1000)], NOW, "en", WORDS)).toEqual([{ label: "Today", start: 0 }]);
});
