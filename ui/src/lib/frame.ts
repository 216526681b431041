// What the message's frame (ui/agent/agent.js) says. It holds a stranger's mail: every field is checked and clamped here.

import type { KeyLike } from "./keys";

export type FrameMessage =
  | { type: "height"; height: number }
  | { type: "link"; url: string; text: string }
  | { type: "scroll"; top: number }
  | { type: "hover"; url: string }
  | { type: "key"; key: KeyLike };

/** No message is shown higher than this: beyond it engines misdraw. */
export const MAX_HEIGHT = 200_000;
const MAX_URL = 8_192;
const MAX_WORDS = 500;

const text = (value: unknown, max: number) => (typeof value === "string" && value.length <= max ? value : undefined);

function url(value: unknown): string | undefined {
  const raw = text(value, MAX_URL);
  return raw !== undefined && /^(https?|mailto|tel):/i.test(raw) ? raw : undefined;
}

function key(data: Record<string, unknown>): KeyLike | undefined {
  const name = text(data["key"], 24);
  const code = text(data["code"], 24);
  if (name === undefined || code === undefined) return undefined;
  const flag = (field: string) => data[field] === true;
  return {
    key: name,
    code,
    // Nothing is typed in the frame, so no input method is ever busy there.
    keyCode: 0,
    isComposing: false,
    shiftKey: flag("shift"),
    ctrlKey: flag("ctrl"),
    metaKey: flag("meta"),
    altKey: flag("alt"),
  };
}

/** Reads one message from the frame; `undefined` for anything that is not exactly one of ours. */
export function readFrameMessage(data: unknown): FrameMessage | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const fields = data as Record<string, unknown>;
  if (fields["postroom"] !== 1) return undefined;
  switch (fields["type"]) {
    case "height": {
      const height = fields["height"];
      if (typeof height !== "number" || !Number.isFinite(height)) return undefined;
      return { type: "height", height: Math.min(MAX_HEIGHT, Math.max(0, Math.ceil(height))) };
    }
    case "link": {
      const target = url(fields["href"]);
      return target === undefined
        ? undefined
        : { type: "link", url: target, text: text(fields["text"], MAX_WORDS) ?? "" };
    }
    case "scroll": {
      const top = fields["top"];
      if (typeof top !== "number" || !Number.isFinite(top)) return undefined;
      return { type: "scroll", top: Math.min(MAX_HEIGHT, Math.max(0, Math.floor(top))) };
    }
    case "hover": {
      const target = fields["href"] === "" ? "" : url(fields["href"]);
      return target === undefined ? undefined : { type: "hover", url: target };
    }
    case "key": {
      const pressed = key(fields);
      return pressed && { type: "key", key: pressed };
    }
    default:
      return undefined;
  }
}

/** What the app tells the frame. */
export const themeMessage = (dark: boolean, original: boolean) => ({
  postroom: 1,
  type: "theme",
  theme: dark ? "dark" : "light",
  original,
});

/** Keys that scroll the message while it has the focus, and so are not the list's then. */
export const SCROLL_KEYS: ReadonlySet<string> = new Set(["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"]);
