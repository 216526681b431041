import { expect, test } from "vitest";
import { fileSize } from "./sizes";

test.each([
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1 KB"],
  [48_200, "48 KB"],
  [999_600, "1 MB"],
  [1_204_000, "1.2 MB"],
  [25_000_000, "25 MB"],
  [3_400_000_000, "3.4 GB"],
  [-1, "0 B"],
])("%i bytes are %s", (bytes, text) => {
  expect(fileSize(bytes, "en")).toBe(text);
});
