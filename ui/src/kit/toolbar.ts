// A toolbar is one stop of the Tab key; the arrow keys move within it (WAI-ARIA toolbar).
import type { Attachment } from "svelte/attachments";

const stops = (bar: HTMLElement) =>
  [...bar.querySelectorAll<HTMLElement>("button:not([disabled])")].filter((button) => button.offsetParent !== null);

export const toolbar: Attachment<HTMLElement> = (bar) => {
  const settle = () => {
    const all = stops(bar);
    const current = all.find((button) => button === document.activeElement) ?? all[0];
    for (const button of all) button.tabIndex = button === current ? 0 : -1;
  };
  const key = (event: KeyboardEvent) => {
    const all = stops(bar);
    const at = all.findIndex((button) => button === event.target);
    if (at < 0) return;
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    all[(next + all.length) % all.length]?.focus();
  };
  settle();
  const watch = new MutationObserver(settle);
  watch.observe(bar, { childList: true, subtree: true });
  bar.addEventListener("keydown", key);
  bar.addEventListener("focusin", settle);
  return () => {
    watch.disconnect();
    bar.removeEventListener("keydown", key);
    bar.removeEventListener("focusin", settle);
  };
};
