import { cleanup } from "@testing-library/svelte";
import { afterEach, beforeEach } from "vitest";
import { setLocale } from "./i18n/index.svelte";

beforeEach(() => {
  // Wide enough for all three panes.
  (window as unknown as { happyDOM: { setViewport(size: object): void } }).happyDOM.setViewport({
    width: 1280,
    height: 800,
  });
});
afterEach(() => {
  cleanup();
  localStorage.clear();
  setLocale("en");
});
