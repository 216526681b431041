import { describe, expect, test } from "vitest";
import { isTextField, keyName } from "./keys";
import type { KeyLike } from "./keys";

const press = (key: string, code = "", rest: Partial<KeyLike> = {}): KeyLike => ({
  key,
  code,
  keyCode: 0,
  isComposing: false,
  shiftKey: false,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  ...rest,
});
const name = (event: KeyLike, inText = false, mac = false) => keyName(event, inText, mac);

describe("plain keys", () => {
  test.each([
    [press("j", "KeyJ"), "j"],
    [press("J", "KeyJ", { shiftKey: true }), "Shift+j"],
    [press("#", "Digit3", { shiftKey: true }), "#"],
    [press("/", "Slash"), "/"],
    [press("ArrowDown", "ArrowDown"), "ArrowDown"],
    [press("ArrowDown", "ArrowDown", { shiftKey: true }), "Shift+ArrowDown"],
    [press(" ", "Space"), "Space"],
    [press("a", "KeyA", { ctrlKey: true }), "Mod+a"],
    [press("Shift", "ShiftLeft", { shiftKey: true }), undefined],
    [press("e", "KeyE", { altKey: true }), undefined],
    [press("e", "KeyE", { metaKey: true }), undefined],
  ])("%o", (event, expected) => {
    expect(name(event)).toBe(expected);
  });

  test("on a Mac ⌘ is Mod", () => {
    expect(name(press("a", "KeyA", { metaKey: true }), false, true)).toBe("Mod+a");
    expect(name(press("a", "KeyA", { ctrlKey: true }), false, true)).toBeUndefined();
  });
});

describe("input methods", () => {
  const busy = { keyCode: 229 };
  test("have their keys in a text field", () => {
    expect(name(press("Enter", "Enter", busy), true)).toBeUndefined();
    expect(name(press("Escape", "Escape", { isComposing: true }), true)).toBeUndefined();
    expect(name(press("Process", "KeyE", busy), true)).toBeUndefined();
  });
  test("do not deaden the shortcuts outside of one", () => {
    expect(name(press("Process", "KeyE", busy))).toBe("e");
    expect(name(press("Process", "Digit3", { ...busy, shiftKey: true }))).toBe("#");
    expect(name(press("Process", "Slash", busy))).toBe("/");
    expect(name(press("ㄅ", "Digit1"))).toBe("1");
    expect(name(press("й", "KeyQ"))).toBe("q");
  });
  test("full-width signs count as theirs", () => {
    expect(name(press("、", "Slash"))).toBe("/");
    expect(name(press("？", "Slash", { shiftKey: true }))).toBe("?");
    expect(name(press("！", "Digit1", { shiftKey: true }))).toBe("!");
  });
});

test("what takes text", () => {
  const make = (html: string) => {
    const box = document.createElement("div");
    box.innerHTML = html;
    return box.firstElementChild;
  };
  expect(isTextField(make("<input>"))).toBe(true);
  expect(isTextField(make("<textarea></textarea>"))).toBe(true);
  expect(isTextField(make("<input type=radio>"))).toBe(false);
  expect(isTextField(make("<button></button>"))).toBe(false);
  expect(isTextField(null)).toBe(false);
});
