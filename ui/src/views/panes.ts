// Moving the focus between panes.

const one = (selector: string) => document.querySelector<HTMLElement>(selector);

export function focusSearch(): void {
  const field = one("[data-testid=search]");
  field?.focus();
  if (field instanceof HTMLInputElement) field.select();
}

/** Sidebar, search, list, reader: each with what takes its focus. */
const STOPS = [
  "[data-testid=sidebar] [role=treeitem][tabindex='0']",
  "[data-testid=search]",
  "[data-testid=message-list] [tabindex='0']",
  "[data-reader-scroll]",
];

export function cyclePanes(by: 1 | -1): void {
  const stops = STOPS.flatMap((selector) => one(selector) ?? []);
  const panes = ["[data-testid=sidebar]", "[role=search]", "[data-testid=message-list]", "[data-testid=reader]"];
  const here = document.activeElement;
  const pane = panes.findIndex((selector) => here?.closest(selector));
  const selector = STOPS[pane];
  const at = selector ? stops.findIndex((stop) => stop.matches(selector)) : by > 0 ? -1 : 0;
  stops[(at + by + stops.length) % stops.length]?.focus();
}

/** Scrolls the message by a page; `false` where there is no more of it. */
export function scrollReader(): boolean {
  const scroll = one("[data-reader-scroll]");
  if (!scroll || scroll.scrollTop + scroll.clientHeight >= scroll.scrollHeight - 2) return false;
  scroll.scrollBy({ top: scroll.clientHeight * 0.9 });
  return true;
}
