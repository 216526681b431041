// The mock's switches, in the address' hash: #dark,zh,compact,setup,offline,blocked,syncing,slow,new,nobody,rebuilt,lost
import type { Backend, FaultCode } from "..";
import { FakeCore } from "./core";

const LOOK: Record<string, Record<string, string>> = {
  dark: { theme: "dark" },
  light: { theme: "light" },
  en: { language: "en" },
  zh: { language: "zh-Hans" },
  hant: { language: "zh-Hant" },
  compact: { density: "compact" },
  relaxed: { density: "relaxed" },
};

const fault = (code: FaultCode) => ({ code, message: "", params: { server: "imap.nordwind.example" } });

export function mockFromHash(hash: string): Backend {
  const words = hash.slice(1).split(",");
  const has = (word: string) => words.includes(word);
  const look = Object.assign({}, ...words.map((word) => LOOK[word] ?? {})) as object;
  if (hash.length > 1) localStorage.setItem("postroom.look", JSON.stringify(look));
  const core = new FakeCore({ empty: has("setup"), pages: true, delay: has("slow") ? 100_000 : 15 });
  if (has("empty")) core.mails = [];
  if (has("failing")) core.failing.set("listIndex", fault("storage"));
  if (has("nobody")) for (const { row } of core.mails) row.has_body = false;
  if (has("rebuilt") || has("lost"))
    core.rebuilt = {
      at: Date.now(),
      queue_whole: !has("lost"),
      folder: "~/.local/share/postroom",
      files: ["mail.db.damaged", "vault.db.damaged"],
    };
  const second = core.accounts[1];
  if (second && has("blocked")) second.state = { state: "blocked", fault: fault("login-refused") };
  if (second && has("offline")) {
    for (const account of core.accounts) account.state = { state: "offline", fault: fault("connection-lost") };
    setTimeout(() => core.emit({ event: "pending", count: 3 }), 300);
  }
  if (has("syncing"))
    setTimeout(
      () =>
        core.emit({
          event: "progress",
          account: 1,
          folder: "Archive",
          phase: "headers",
          done: 12_400,
          total: 48_210,
          bytes: 0,
        }),
      300,
    );
  Object.assign(globalThis, { fakeCore: core });
  return core.backend();
}
