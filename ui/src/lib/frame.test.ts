import { expect, test } from "vitest";
import { MAX_HEIGHT, readFrameMessage } from "./frame";

const ours = (fields: object) => readFrameMessage({ postroom: 1, ...fields });

test("a height is a number within bounds", () => {
  expect(ours({ type: "height", height: 1863.2, width: 600 })).toEqual({ type: "height", height: 1864 });
  expect(ours({ type: "height", height: 1e12 })).toEqual({ type: "height", height: MAX_HEIGHT });
  expect(ours({ type: "height", height: -5 })).toEqual({ type: "height", height: 0 });
  for (const height of [Number.NaN, Infinity, "100", null, { valueOf: () => 5 }])
    expect(ours({ type: "height", height })).toBeUndefined();
});

test("a link leads where links may lead", () => {
  expect(ours({ type: "link", href: "https://a.example/", text: "x" })).toEqual({
    type: "link",
    url: "https://a.example/",
    text: "x",
  });
  expect(ours({ type: "link", href: "mailto:a@b.example" })).toEqual({
    type: "link",
    url: "mailto:a@b.example",
    text: "",
  });
  expect(ours({ type: "link", href: "mailto:a@b.example", text: "x".repeat(501) })).toMatchObject({ text: "" });
  for (const href of [
    "javascript:alert(1)",
    "file:///etc/passwd",
    " https://a",
    `https://${"a".repeat(9000)}`,
    7,
    undefined,
  ])
    expect(ours({ type: "link", href })).toBeUndefined();
});

test("a hover may end", () => {
  expect(ours({ type: "hover", href: "" })).toEqual({ type: "hover", url: "" });
});

test("a key is two short strings and four flags", () => {
  expect(ours({ type: "key", key: "j", code: "KeyJ", ctrl: "yes", shift: true, meta: false, alt: 0 })).toEqual({
    type: "key",
    key: {
      key: "j",
      code: "KeyJ",
      keyCode: 0,
      isComposing: false,
      shiftKey: true,
      ctrlKey: false,
      metaKey: false,
      altKey: false,
    },
  });
  expect(ours({ type: "key", key: "j" })).toBeUndefined();
  expect(ours({ type: "key", key: "j".repeat(99), code: "KeyJ" })).toBeUndefined();
});

test("all else is nobody's", () => {
  for (const data of [
    null,
    undefined,
    1,
    "height",
    [],
    {},
    { type: "height", height: 5 },
    { postroom: 1, type: "run" },
  ])
    expect(readFrameMessage(data)).toBeUndefined();
});

test("a place to scroll to is a number within bounds", () => {
  expect(ours({ type: "scroll", top: 12.9 })).toEqual({ type: "scroll", top: 12 });
  expect(ours({ type: "scroll", top: -1 })).toEqual({ type: "scroll", top: 0 });
  expect(ours({ type: "scroll", top: 1e300 })).toEqual({ type: "scroll", top: MAX_HEIGHT });
  for (const top of [Number.NaN, Infinity, "1", null, [1]]) expect(ours({ type: "scroll", top })).toBeUndefined();
});

// A small generator of its own, so that a failure can be had again.
function random(seed: number) {
  return () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return seed / 2_147_483_648;
  };
}

test("whatever a frame says, what is read of it is one of ours and within bounds", () => {
  const next = random(20);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(next() * all.length)]!;
  const odd: readonly (() => unknown)[] = [
    () => undefined,
    () => null,
    () => true,
    () => pick([0, -0, -1, 1e9, 1e308, -Infinity, Infinity, Number.NaN, 0.5]),
    () =>
      pick([
        "",
        "x",
        "https://a.example/",
        "javascript:alert(1)",
        "JAVASCRIPT:x",
        "https://".repeat(2000),
        "\u202e",
        "__proto__",
        "j",
      ]),
    () => [odd[3]!()],
    () => ({ valueOf: () => 5, toString: () => "https://a.example/" }),
    () => 10n ** 30n,
    () => Symbol("x"),
    () => new Date(),
    () => new Map([["type", "link"]]),
    () => Object.create(null) as unknown,
    () => () => 1,
    () => new Proxy({}, { get: () => "https://a.example/" }),
  ];
  const good = [12, "j", "https://a.example/", true];
  const fields = [
    "postroom",
    "type",
    "height",
    "width",
    "top",
    "href",
    "text",
    "key",
    "code",
    "ctrl",
    "shift",
    "x",
    "__proto__",
    "constructor",
  ];
  const types = ["height", "link", "hover", "key", "scroll", "contextmenu", "theme", "toString", "__proto__", 1, null];
  let read = 0;
  for (let round = 0; round < 50_000; round++) {
    const data: Record<string, unknown> = next() < 0.9 ? { postroom: 1, type: pick(types) } : {};
    for (let count = next() * 9; count > 0; count--)
      Object.assign(data, { [pick(fields)]: next() < 0.6 ? pick(good) : pick(odd)() });
    const message = readFrameMessage(next() < 0.95 ? data : pick(odd)());
    if (message === undefined) continue;
    read++;
    switch (message.type) {
      case "height":
        expect(message.height >= 0 && message.height <= MAX_HEIGHT).toBe(true);
        break;
      case "scroll":
        expect(message.top >= 0 && message.top <= MAX_HEIGHT).toBe(true);
        break;
      case "link":
        expect([typeof message.url, typeof message.text]).toEqual(["string", "string"]);
        expect(message.url.length <= 8192 && message.text.length <= 500).toBe(true);
        expect(message.url).toMatch(/^(https?|mailto|tel):/i);
        break;
      case "hover":
        expect(message.url).toMatch(/^((https?|mailto|tel):|$)/i);
        break;
      case "key":
        expect(message.key.key.length <= 24 && message.key.code.length <= 24).toBe(true);
        for (const flag of ["shiftKey", "ctrlKey", "metaKey", "altKey", "isComposing"] as const)
          expect(typeof message.key[flag]).toBe("boolean");
        break;
    }
  }
  expect(read).toBeGreaterThan(300);
});
