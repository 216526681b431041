import { expect, test } from "vitest";
import { faultText } from "./faults";
import { catalogues, matchLocale, setLocale, t, tn } from "./index.svelte";

const names = (text: string) => [...text.matchAll(/\{(\w+)\}/g)].map((match) => match[1]).toSorted();

test("every catalogue has the same keys, and each sentence the same places", () => {
  const { en, ...others } = catalogues;
  for (const other of Object.values(others)) {
    expect(Object.keys(other).toSorted()).toEqual(Object.keys(en).toSorted());
    for (const key of Object.keys(en) as (keyof typeof en)[]) {
      expect(names(other[key]), key).toEqual(names(en[key]));
      expect(other[key].trim(), key).not.toBe("");
    }
  }
});

test("no sentence shouts or begs", () => {
  for (const catalogue of Object.values(catalogues))
    for (const sentence of Object.values(catalogue))
      expect(sentence).not.toMatch(/[!！您]|(?<!邀)请(?!求)|(?<!邀)請(?!求)/);
});

test("numbers and plurals follow the language", () => {
  expect(tn("list.count", 1)).toBe("1 message");
  expect(tn("list.count", 12_400)).toBe("12,400 messages");
  setLocale("zh-Hans");
  expect(tn("list.count", 1)).toBe("1 封邮件");
  expect(t("folder.inbox")).toBe("收件箱");
  expect(document.documentElement.lang).toBe("zh-Hans");
});

test.each([
  [["zh-CN", "en"], "zh-Hans"],
  [["zh"], "zh-Hans"],
  [["zh-TW"], "zh-Hant"],
  [["zh-Hant-HK"], "zh-Hant"],
  [["zh-Hans-HK"], "zh-Hans"],
  [["de-DE", "zh-CN"], "zh-Hans"],
  [["en-GB", "zh-CN"], "en"],
  [["fr"], "en"],
  [[], "en"],
])("%j is served in %s", (languages, locale) => {
  expect(matchLocale(languages)).toBe(locale);
});

test("a fault names its server, and one of an unknown kind is still a sentence", () => {
  expect(faultText({ code: "host-unknown", message: "", params: { server: "imap.x.example" } })).toContain(
    "imap.x.example",
  );
  expect(faultText({ code: "host-unknown", message: "", params: {} })).toContain("The server");
  expect(faultText({ code: "of-tomorrow", message: "", params: {} })).toBe(t("fault.internal"));
});
