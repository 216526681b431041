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
  });
  expect(ours({ type: "link", href: "mailto:a@b.example" })).toEqual({ type: "link", url: "mailto:a@b.example" });
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
