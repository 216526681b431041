// One table of what the user can do: its name and its keys. Menus, tooltips and the key handler read it.

export type ActionId =
  | "next"
  | "previous"
  | "extendNext"
  | "extendPrevious"
  | "pageDown"
  | "pageUp"
  | "first"
  | "last"
  | "open"
  | "back"
  | "all"
  | "toggle"
  | "archive"
  | "delete"
  | "unread"
  | "star"
  | "move"
  | "undo"
  | "search"
  | "getMail"
  | "settings"
  | "sidebar"
  | "panes"
  | "panesBack"
  | "zoomIn"
  | "zoomOut"
  | "zoomReset"
  | "print"
  | "scroll";

const KEYS: Record<ActionId, readonly string[]> = {
  next: ["j", "ArrowDown"],
  previous: ["k", "ArrowUp"],
  extendNext: ["Shift+ArrowDown", "Shift+j"],
  extendPrevious: ["Shift+ArrowUp", "Shift+k"],
  pageDown: ["PageDown"],
  pageUp: ["PageUp"],
  first: ["Home"],
  last: ["End"],
  open: ["Enter"],
  back: ["Escape"],
  all: ["Mod+a"],
  toggle: ["x"],
  archive: ["e"],
  delete: ["Delete", "#"],
  unread: ["u", "Mod+Shift+u"],
  star: ["s"],
  move: ["v", "Mod+Shift+v"],
  undo: ["z", "Mod+z"],
  search: ["/", "Mod+Shift+f"],
  getMail: ["F5"],
  settings: ["Mod+,"],
  sidebar: ["Mod+b"],
  panes: ["F6"],
  panesBack: ["Shift+F6"],
  // The plus stands on the key of the equals sign, mostly.
  zoomIn: ["Mod++", "Mod+=", "Mod+Shift+="],
  zoomOut: ["Mod+-", "Mod+_"],
  zoomReset: ["Mod+0"],
  print: ["Mod+p"],
  scroll: ["Space"],
};

const MAC: Partial<Record<ActionId, readonly string[]>> = { delete: ["Delete", "#", "Backspace"] };

/** What works while a text field has the focus, too. */
const IN_TEXT: ReadonlySet<ActionId> = new Set([
  "getMail",
  "settings",
  "panes",
  "panesBack",
  "zoomIn",
  "zoomOut",
  "zoomReset",
]);

/** What happens again while its key is held down. */
const REPEATS: ReadonlySet<ActionId> = new Set([
  "next",
  "previous",
  "extendNext",
  "extendPrevious",
  "pageDown",
  "pageUp",
  "zoomIn",
  "zoomOut",
]);

export interface Pressed {
  inText: boolean;
  repeat: boolean;
  mac: boolean;
}

/** The action that a key means here; nothing where it means none. */
export function actionFor(key: string, { inText, repeat, mac }: Pressed): ActionId | undefined {
  for (const [id, keys] of Object.entries(KEYS) as [ActionId, readonly string[]][]) {
    if (!((mac ? MAC[id] : undefined) ?? keys).includes(key)) continue;
    if (inText && !IN_TEXT.has(id)) return undefined;
    if (repeat && !REPEATS.has(id)) return undefined;
    return id;
  }
  return undefined;
}

const SIGNS: Record<string, string> = { Delete: "Del", ArrowDown: "↓", ArrowUp: "↑", Escape: "Esc" };

/** An action's first key, as it is shown: "E", "Ctrl+B". */
export function keyHint(id: ActionId, mac: boolean): string {
  const parts = (KEYS[id][0] ?? "").split("+").map((part) => {
    if (part === "Mod") return mac ? "⌘" : "Ctrl";
    return SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part);
  });
  return parts.join(mac ? "" : "+");
}
