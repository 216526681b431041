// The way of every command to the core. Each call carries the token that the core gives this page, and only once: a
// message's frame, even with Tauri's own key in hand, has none and gets none.
import { Channel, invoke as call } from "@tauri-apps/api/core";
import type { InvokeArgs } from "@tauri-apps/api/core";

export { Channel };

let token: Promise<string> | undefined;

/** Calls a command. The first call of all asks for the token, before any frame exists. */
export async function invoke<T>(command: string, fields?: InvokeArgs): Promise<T> {
  token ??= call<string>("page_token");
  return call<T>(command, fields, { headers: { "postroom-token": await token } });
}
