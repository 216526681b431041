// From a key event to the name of a key, safe for input methods.
//
// In a text field a key that an input method is busy with is nobody's (WebKit sends the Enter that confirms a candidate
// after `compositionend`, with keyCode 229). Outside of text fields a Chinese input method must not deaden the
// shortcuts: there the physical key counts.

export interface KeyLike {
  key: string;
  code: string;
  keyCode: number;
  isComposing: boolean;
  shiftKey: boolean;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

const WIDE: Record<string, string> = { "？": "?", "！": "!", "、": "/", "／": "/", "＃": "#", "¥": "#", "£": "#" };

const SHIFTED: Record<string, string> = { Digit1: "!", Digit3: "#", Slash: "?" };
const PLAIN: Record<string, string> = { Slash: "/", Space: " " };

function fromCode(code: string, shift: boolean): string {
  const letter = /^Key([A-Z])$/.exec(code)?.[1];
  if (letter) return letter.toLowerCase();
  return (shift ? SHIFTED[code] : undefined) ?? PLAIN[code] ?? (/^Digit(\d)$/.exec(code)?.[1] || code);
}

/** Whether an input method is busy with the key. */
export const isComposing = (event: KeyLike) => event.isComposing || event.keyCode === 229;

/**
 * The name of a key: "j", "#", "Shift+ArrowDown", "Mod+a", or nothing where an input method has it. `Mod` is Ctrl, on a
 * Mac ⌘. Shift is named for keys that it does not turn into another character.
 */
export function keyName(event: KeyLike, inText: boolean, mac: boolean): string | undefined {
  const busy = isComposing(event);
  if (busy && inText) return undefined;
  if (["Control", "Shift", "Alt", "Meta", "Dead"].includes(event.key) && !busy) return undefined;
  let key = WIDE[event.key] ?? event.key;
  if (busy || key === "Process" || key === "Unidentified" || /^[^\u0020-\u007e]+$/.test(key))
    key = fromCode(event.code, event.shiftKey);
  if (key === "") return undefined;
  const mod = mac ? event.metaKey : event.ctrlKey;
  const other = mac ? event.ctrlKey : event.metaKey;
  if (other || event.altKey) return undefined;
  const letter = /^[a-z]$/i.test(key);
  if (letter) key = key.toLowerCase();
  const named = key.length > 1 || letter || key === " ";
  return `${mod ? "Mod+" : ""}${event.shiftKey && named ? "Shift+" : ""}${key === " " ? "Space" : key}`;
}

/** Whether typing goes into this element. */
export function isTextField(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target.tagName === "TEXTAREA" || target.tagName === "SELECT") return true;
  if (!(target instanceof HTMLInputElement)) return false;
  return !["button", "checkbox", "radio", "file", "range", "submit", "reset"].includes(target.type);
}
