import { expect, test } from "vitest";
import { rowAt, rowRange, rowTop, scrollFor, totalHeight } from "./rows";
import type { Geometry } from "./rows";

const G: Geometry = { count: 100, row: 76, heading: 32, starts: [0, 5, 20] };

test("headings push the rows below them", () => {
  expect(rowTop(G, 0)).toBe(32);
  expect(rowTop(G, 4)).toBe(32 + 4 * 76);
  expect(rowTop(G, 5)).toBe(64 + 5 * 76);
  expect(totalHeight(G)).toBe(100 * 76 + 3 * 32);
});

test("a height finds its row, wherever it is", () => {
  for (let n = 0; n < G.count; n += 1) {
    expect(rowAt(G, rowTop(G, n))).toBe(n);
    expect(rowAt(G, rowTop(G, n) + 75)).toBe(n);
  }
  expect(rowAt(G, -50)).toBe(0);
  expect(rowAt(G, 1e9)).toBe(99);
});

test("only what is in view is drawn, and a little more", () => {
  const [first, end] = rowRange(G, rowTop(G, 50), 600, 2);
  expect(first).toBe(48);
  expect(end).toBe(50 + 8 + 2);
  expect(rowRange({ ...G, count: 0, starts: [] }, 0, 600)).toEqual([0, 0]);
  const many: Geometry = { ...G, count: 100_000 };
  const [a, b] = rowRange(many, totalHeight(many), 600);
  expect(b).toBe(100_000);
  expect(b - a).toBeLessThan(30);
});

test("a row comes into view with its heading, by the shortest way", () => {
  expect(scrollFor(G, 10, rowTop(G, 8), 600)).toBeUndefined();
  expect(scrollFor(G, 5, 5000, 600)).toBe(rowTop(G, 5) - 32);
  expect(scrollFor(G, 50, 0, 600)).toBe(rowTop(G, 50) + 76 - 600);
});
