import { expect, test } from "vitest";
import { langOf } from "./script";

test.each([
  ["关于交货延期", "zh-Hans"],
  ["關於交貨延期的說明", "zh-Hant"],
  ["見積書の件", "ja"],
  ["견적서", "ko"],
  ["Delivery", undefined],
  ["Re: 发票 invoice", "zh-Hans"],
])("%s is %s", (text, lang) => {
  expect(langOf(text)).toBe(lang);
});
