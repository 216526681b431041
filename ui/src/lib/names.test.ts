import { expect, test } from "vitest";
import { colour, cutAddress, cutFileName, fileKind, initial, label } from "./names";

test("a person goes by the name, else by the address", () => {
  expect(label({ name: " 张伟 ", email: "z@x.example" })).toBe("张伟");
  expect(label({ name: "", email: "z@x.example" })).toBe("z@x.example");
  expect(label(undefined)).toBe("");
});

test.each([
  ["张伟", "张"],
  ["“martin”", "M"],
  ["👩‍💻 dev", "D"],
  ["", "?"],
  ["...", "?"],
])("the avatar of %s shows %s", (name, letter) => {
  expect(initial(name)).toBe(letter);
});

test("a colour is one of eight, the same whatever the case", () => {
  expect(colour("A@x.example")).toBe(colour("a@X.example "));
  const seen = new Set(Array.from({ length: 200 }, (_, n) => colour(`person${n}@x.example`)));
  expect([...seen].toSorted()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
});

test("a file name is cut in its middle, never in its suffix", () => {
  expect(cutFileName("PO-20417 排期_v3.xlsx")).toEqual(["PO-20417 排期_", "v3.xlsx"]);
  expect(cutFileName("a.pdf")).toEqual(["a", ".pdf"]);
  expect(cutFileName("README")).toEqual(["README", ""]);
  expect(cutFileName(".profile").join("")).toBe(".profile");
});

test("an address is cut before the @", () => {
  expect(cutAddress("a.b@c.example")).toEqual(["a.b", "@c.example"]);
  expect(cutAddress("nobody")).toEqual(["nobody", ""]);
});

test("a badge has a word for any suffix", () => {
  expect(fileKind("a.DOCX").label).toBe("DOC");
  expect(fileKind("a.xyz").label).toBe("XYZ");
  expect(fileKind("a").label).toBe("···");
});
