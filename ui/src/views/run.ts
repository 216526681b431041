// What each action of the table does in the main window.
import type { ActionId } from "../actions/actions";
import type { MailState } from "./mail.svelte";

/** What an action needs of the window itself. */
export interface Window {
  focusSearch(): void;
  /** Moves the focus to the next pane. */
  cyclePanes(by: 1 | -1): void;
  /** Scrolls the reader by a page; `false` at its end. */
  scrollReader(): boolean;
  toggleSidebar(): void;
  /** Makes everything larger or smaller by a step; 0: as designed. */
  zoom(by: 1 | 0 | -1): void;
  /** Prints the open message. */
  print(): void;
  /** How many rows the list shows. */
  page(): number;
}

function back(mail: MailState): void {
  if (mail.layout.drawer) mail.layout.drawer = false;
  else if (mail.layout.mode === "narrow" && mail.reading) mail.back();
  else if (mail.list.selected.size > 1) mail.list.collapse();
  else if (mail.searching || mail.query) mail.leaveSearch();
  else mail.list.focusWish += 1;
}

function open(mail: MailState): void {
  const { cursor } = mail.list;
  if (cursor !== undefined) mail.read(cursor);
}

/** Does it. Says whether the key was used. */
export function run(mail: MailState, window: Window, action: ActionId): boolean {
  const { list } = mail;
  const acts: Record<ActionId, () => unknown> = {
    next: () => list.step(1, false),
    previous: () => list.step(-1, false),
    extendNext: () => list.step(1, true),
    extendPrevious: () => list.step(-1, true),
    pageDown: () => list.step(window.page(), false),
    pageUp: () => list.step(-window.page(), false),
    first: () => list.step(-list.ids.length, false),
    last: () => list.step(list.ids.length, false),
    open: () => open(mail),
    back: () => back(mail),
    all: () => list.all(),
    toggle: () => list.cursor !== undefined && list.toggle(list.cursor),
    archive: () => mail.archive(),
    delete: () => mail.delete(),
    unread: () => mail.toggleRead(),
    star: () => mail.toggleStar(),
    move: () => (mail.moving = list.selected.size > 0),
    undo: () => mail.toasts.runLatest(),
    search: () => window.focusSearch(),
    getMail: () => mail.sync(),
    settings: () => (mail.settings = "appearance"),
    sidebar: () => window.toggleSidebar(),
    panes: () => window.cyclePanes(1),
    panesBack: () => window.cyclePanes(-1),
    zoomIn: () => window.zoom(1),
    zoomOut: () => window.zoom(-1),
    zoomReset: () => window.zoom(0),
    print: () => window.print(),
    scroll: () => window.scrollReader() || list.step(1, false),
  };
  acts[action]();
  return true;
}
