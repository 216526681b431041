import { expect, test } from "vitest";
import { judgeLink } from "./links";
import type { Doubt } from "./links";

const check = (address: string, text: string, host: string, ...doubts: Doubt[]) => {
  const judged = judgeLink(address, text);
  expect([address, text, judged?.host, judged?.doubts]).toEqual([address, text, host, doubts]);
};

test("words that name the place they lead to, or none, raise no doubt", () => {
  check("https://example.com/a", "Read more", "example.com");
  check("https://example.com/a", "example.com", "example.com");
  check("https://www.example.com/a", "https://example.com/b", "www.example.com");
  check("https://example.com/a", "www.example.com", "example.com");
  check("https://shop.example.com/", "example.com", "shop.example.com");
  check("https://example.com/", "EXAMPLE.COM.", "example.com");
  check("https://example.com/report.pdf", "report.pdf", "example.com");
  check("https://example.com/", "Version 1.2.3", "example.com");
  check("https://example.com/", "e.g. this", "example.com");
  check("https://example.com/", "查看 example.org 的说明", "example.com");
  check("https://example.com/", "", "example.com");
  check("mailto:a@example.com", "a@example.com", "a@example.com");
  check("mailto:A%40example.com?subject=x", "Write to us", "a@example.com");
});

test("words that name another place do", () => {
  check("https://evil.example/", "https://bank.example/login", "evil.example", "other-host");
  check("https://evil.example/bank.example", "bank.example", "evil.example", "other-host");
  check("https://bank.example.evil.example/", "bank.example", "bank.example.evil.example", "other-host");
  check("https://notbank.example/", "bank.example", "notbank.example", "other-host");
  check("https://evil.example/", "(bank.example)", "evil.example", "other-host");
  check("https://evil.example/", "bank\u200b.example", "evil.example", "other-host");
  check("https://evil.example/", "http://bank.example.", "evil.example", "other-host");
  check("https://evil.example/", "银行.中国", "evil.example", "other-host");
  check("https://evil.example/", "192.0.2.1", "evil.example", "other-host");
  check("https://evil.example/", "pay@bank.example", "evil.example", "other-host");
  check("mailto:x@evil.example", "pay@bank.example", "x@evil.example", "other-host");
});

test("a name before an @ is not the host", () => {
  check("https://bank.example@evil.example/", "Log in", "evil.example", "user");
  check("https://bank.example:443@evil.example/", "Log in", "evil.example", "user");
  check("https://bank.example%2f@evil.example/", "bank.example", "evil.example", "other-host", "user");
});

test("numbers instead of names are told, however they are written", () => {
  for (const [address, host] of [
    ["http://192.0.2.1/", "192.0.2.1"],
    ["http://3221225985/", "192.0.2.1"],
    ["http://0xc0.0x0.0x2.0x1/", "192.0.2.1"],
    ["http://0300.0.2.1/", "192.0.2.1"],
    ["http://[2001:db8::1]/", "[2001:db8::1]"],
    ["http://１９２.0.2.1/", "192.0.2.1"],
  ] as const)
    check(address, "x", host, "number");
});

test("names in look-alike letters are told, names in their own script are not", () => {
  for (const name of [
    "аррӏе.com",
    "pаypal.com",
    "gοοgle.com",
    "ехаmрlе.com",
    "microsоft.com",
    "раураӏ.com",
    "ɡoogle.com",
    "ԝԝԝ.com",
    "facebооk.com",
  ])
    expect([name, judgeLink(`https://${name}/`, "x")?.doubts]).toEqual([name, ["look-alike"]]);
  for (const name of [
    "bücher.example",
    "中国.example",
    "почта.рф",
    "пример.испытание",
    "日本語ドメイン.jp",
    "한국.kr",
    "café.example",
    "3m中国.cn",
    "straße.example",
    "παράδειγμα.gr",
  ])
    expect([name, judgeLink(`https://${name}/`, "x")?.doubts]).toEqual([name, []]);
  const judged = judgeLink("https://xn--fiqs8s.example/", "x");
  expect([judged?.host, judged?.readable]).toEqual(["xn--fiqs8s.example", "中国.example"]);
  expect(judgeLink("https://bücher.example/", "bücher.example")?.doubts).toEqual([]);
});

test("what is no address is not judged", () => {
  for (const address of ["", "x", "https://", "http://a b/", "//x"]) expect(judgeLink(address, "x")).toBeUndefined();
});
