import { expect, test } from "vitest";
import { actionFor, keyHint } from "./actions";

const here = { inText: false, repeat: false, mac: false };

test.each([
  ["j", "next"],
  ["ArrowUp", "previous"],
  ["Shift+ArrowDown", "extendNext"],
  ["#", "delete"],
  ["Delete", "delete"],
  ["e", "archive"],
  ["Mod+a", "all"],
  ["/", "search"],
  ["F5", "getMail"],
  ["q", undefined],
])("%s means %s", (key, action) => {
  expect(actionFor(key, here)).toBe(action);
});

test("letters and Delete are the text field's own", () => {
  for (const key of ["j", "e", "Delete", "Mod+a", "Mod+z", "/"])
    expect(actionFor(key, { ...here, inText: true })).toBeUndefined();
  expect(actionFor("F6", { ...here, inText: true })).toBe("panes");
});

test("a key that is held down moves, but never deletes twice", () => {
  expect(actionFor("j", { ...here, repeat: true })).toBe("next");
  expect(actionFor("Delete", { ...here, repeat: true })).toBeUndefined();
  expect(actionFor("e", { ...here, repeat: true })).toBeUndefined();
});

test("⌫ deletes on a Mac only", () => {
  expect(actionFor("Backspace", here)).toBeUndefined();
  expect(actionFor("Backspace", { ...here, mac: true })).toBe("delete");
});

test("hints are written as each system does", () => {
  expect(keyHint("sidebar", false)).toBe("Ctrl+B");
  expect(keyHint("sidebar", true)).toBe("⌘B");
  expect(keyHint("archive", false)).toBe("E");
});
