// Accounts and folders over the fake core: what the sidebar shows and asks.
import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test, vi } from "vitest";
import App from "./App.svelte";
import { useBackend } from "./ipc";
import { FakeCore } from "./ipc/fake/core";
import { settings } from "./settings/settings.svelte";

const NOW = new Date(2026, 10, 24, 11, 0).getTime();
let core: FakeCore;

beforeEach(() => {
  vi.setSystemTime(NOW);
  // happy-dom lays nothing out: the list is 600 px high.
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
  core = new FakeCore({ now: NOW });
  useBackend(core.backend());
  settings.start();
  settings.set({ language: "en" });
});

async function start() {
  render(App);
  await screen.findByTestId("row-1001");
}
const press = (key: string, more: KeyboardEventInit = {}) =>
  fireEvent.keyDown(document.activeElement ?? document.body, { key, code: `Key${key.toUpperCase()}`, ...more });
const called = (name: string) => core.calls.filter(([n]) => n === name).map(([, ...args]) => args);
const open = async (id: number) => {
  await fireEvent.click(screen.getByTestId(`row-${id}`));
  await screen.findByTestId("reader-subject");
};

describe("all inboxes", () => {
  test("are one list, newest first, in which each message acts in its own account", async () => {
    await start();
    const all = screen.getByTestId("all-inboxes");
    const own = core.mails.filter(({ row }) => row.folder === 1 || row.folder === 21);
    const unread = own.filter(({ row }) => !row.flags.includes("\\Seen")).length;
    expect(all.getAttribute("aria-label")).toBe(`All inboxes, ${unread} unread`);
    await fireEvent.click(all);
    await waitFor(() =>
      expect(screen.getByTestId("list-count").textContent).toBe(`${own.length} conversations, ${unread} unread`),
    );
    const newest = own.toSorted((a, b) => b.row.date - a.row.date)[0]!;
    const other = own.find(({ row }) => row.folder === 21)!;
    other.row.date = newest.row.date + 60_000;
    core.emit({ event: "messages", account: 2, folder: 21 });
    await waitFor(() =>
      expect(screen.getAllByRole("option")[0]?.getAttribute("data-testid")).toBe(`row-${other.row.id}`),
    );
    await open(other.row.id);
    await press("e");
    await waitFor(() => expect(screen.queryByTestId(`row-${other.row.id}`)).toBeNull());
    await waitFor(() => expect(other.row.folder).toBe(24));
    await fireEvent.click(await screen.findByTestId("toast-action"));
    await screen.findByTestId(`row-${other.row.id}`);
    expect(called("moveTo")).toEqual([[[other.row.id], 21]]);
  });

  test("with one account there is nothing to unite", async () => {
    core.accounts = core.accounts.slice(0, 1);
    core.folders = core.folders.filter((folder) => folder.account === 1);
    await start();
    expect(screen.queryByTestId("all-inboxes")).toBeNull();
  });
});

describe("the sidebar", () => {
  test("is a tree: arrows move, fold and open", async () => {
    await start();
    const inbox = screen.getAllByTestId("folder-INBOX")[0]!;
    expect(inbox.getAttribute("aria-selected")).toBe("true");
    expect(inbox.getAttribute("aria-label")).toBe("Inbox, 30 unread");
    inbox.focus();
    await fireEvent.keyDown(inbox, { key: "ArrowUp" });
    const account = screen.getByTestId("account-chen.lin@hengtai.example");
    expect(document.activeElement).toBe(account);
    await fireEvent.keyDown(account, { key: "ArrowLeft" });
    expect(screen.getAllByTestId("folder-INBOX")).toHaveLength(1);
    await fireEvent.keyDown(account, { key: "ArrowRight" });
    expect(screen.getAllByTestId("folder-INBOX")).toHaveLength(2);
    expect(screen.getAllByRole("treeitem").filter((item) => item.tabIndex === 0)).toHaveLength(1);
  });

  test("says how far syncing is, and what waits while offline", async () => {
    await start();
    const status = screen.getByTestId("status");
    expect(status.textContent).toBe("Up to date");
    core.emit({
      event: "progress",
      account: 1,
      folder: "Archive",
      phase: "headers",
      done: 12_400,
      total: 48_210,
      bytes: 0,
    });
    await waitFor(() => expect(status.textContent).toBe("Syncing Archive 12,400 of 48,210"));
    expect(screen.getByTestId("sync-progress").getAttribute("aria-valuenow")).toBe("26");
    const fault = { code: "connection-lost" as const, message: "", params: {} };
    core.emit({ event: "account", account: 1, state: { state: "offline", fault } });
    core.emit({ event: "pending", count: 3 });
    await waitFor(() => expect(status.textContent).toBe("Offline. 3 changes will be sent later."));
    expect(screen.queryByTestId("sync-progress")).toBeNull();
  });

  test("an account that is stuck says why", async () => {
    await start();
    const fault = { code: "login-refused" as const, message: "", params: {} };
    core.emit({ event: "account", account: 2, state: { state: "blocked", fault } });
    const blocked = await screen.findByTestId("account-blocked");
    expect(blocked.textContent).toContain("refused the user name or password");
    await fireEvent.click(within(blocked).getByText("Try again"));
    expect(called("accountRetry")).toEqual([[2]]);
  });

  test("what is said while accounts are asked for counts more than the answer", async () => {
    await start();
    const fault = { code: "connection-lost" as const, message: "", params: {} };
    core.accounts[0]!.state = { state: "connecting" };
    core.emit({ event: "accounts" });
    core.emit({ event: "account", account: 1, state: { state: "offline", fault } });
    core.emit({ event: "pending", count: 2 });
    await waitFor(() => expect(called("accounts")).toHaveLength(2));
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(screen.getByTestId("status").textContent).toBe("Offline. 2 changes will be sent later.");
  });

  test("the first sync says how much mail is here", async () => {
    const mails = core.mails;
    core.mails = [];
    render(App);
    await screen.findByTestId("mail");
    const status = screen.getByTestId("status");
    const headers = { event: "progress", account: 1, phase: "headers", bytes: 0 } as const;
    // How much there is stands fast only once all folders were looked at.
    core.emit({ ...headers, phase: "folders", folder: "INBOX", done: 0, total: 4 });
    core.emit({ ...headers, folder: "INBOX", done: 400, total: 400 });
    core.emit({ ...headers, phase: "folders", folder: "Archive", done: 2, total: 4 });
    core.emit({ ...headers, folder: "Archive", done: 100, total: 600 });
    const found = "Getting your mail: 500 messages found so far. You can start reading.";
    await waitFor(() => expect(status.textContent).toBe(found));
    expect(screen.getByTestId("sync-progress").getAttribute("aria-valuenow")).toBe("10");
    core.mails = mails;
    core.emit({ ...headers, phase: "bodies", folder: "Archive", done: 3, total: 1000 });
    await waitFor(() => expect(status.textContent).toBe("Getting your mail: 3 of 1,000. You can start reading."));
    core.emit({ ...headers, phase: "done", folder: "", done: 0, total: 0 });
    core.emit({ ...headers, folder: "Archive", done: 1, total: 2 });
    await waitFor(() => expect(status.textContent).toBe("Syncing Archive 1 of 2"));
  });

  test("a refused password is asked for anew, and kept once the server takes it", async () => {
    await start();
    const fault = { code: "login-refused" as const, message: "", params: {} };
    core.emit({ event: "account", account: 2, state: { state: "blocked", fault } });
    expect((await screen.findByTestId("refused-bar")).textContent).toContain("lin@nordwind.example");
    await fireEvent.click(await screen.findByTestId("account-enter-password"));
    const field = await screen.findByTestId("account-password-input");
    expect(screen.getByTestId("password-dialog").textContent).toContain("lin@nordwind.example: the server refused");
    await fireEvent.input(field, { target: { value: "wrong" } });
    await fireEvent.submit(screen.getByTestId("password-dialog"));
    expect((await screen.findByTestId("account-password-error")).textContent).toContain("refused the user name");
    await fireEvent.input(field, { target: { value: "right" } });
    await fireEvent.submit(screen.getByTestId("password-dialog"));
    await waitFor(() => expect(screen.queryByTestId("password-dialog")).toBeNull());
    expect(called("accountPasswordSet")).toEqual([
      [2, "wrong"],
      [2, "right"],
    ]);
    await waitFor(() => expect(screen.queryByTestId("account-blocked")).toBeNull());
  });

  test("an account that never came through says why in the list's place", async () => {
    const fault = { code: "certificate-untrusted" as const, message: "", params: { server: "imap.hengtai.example" } };
    core.folders = [];
    core.mails = [];
    core.accounts = core.accounts.slice(0, 1);
    render(App);
    await screen.findByTestId("mail");
    core.emit({ event: "account", account: 1, state: { state: "blocked", fault } });
    const stuck = await screen.findByTestId("list-stuck");
    expect(stuck.textContent).toContain("can’t prove it is imap.hengtai.example");
    await fireEvent.click(within(stuck).getByText("Try again"));
    expect(called("accountRetry")).toEqual([[1]]);
  });

  test("the language changes at once", async () => {
    await start();
    settings.set({ language: "zh-Hans" });
    await waitFor(() => expect(screen.getAllByTestId("folder-INBOX")[0]!.textContent).toContain("收件箱"));
    expect(document.documentElement.lang).toBe("zh-Hans");
  });
});

describe("a folder that lost most of its messages at once", () => {
  test("is asked about until the user says that they may go", async () => {
    core.shrunk = [{ account: 1, folder: 1, path: "INBOX", gone: 41, noticed_at: NOW }];
    await start();
    const bar = await screen.findByTestId("shrunk-bar");
    expect(bar.textContent).toContain("Inbox: 41 messages");
    await fireEvent.click(screen.getByTestId("shrunk-allow"));
    expect(called("allowRemoval")).toEqual([[1]]);
    expect(screen.getByTestId("shrunk-allow")).toHaveProperty("disabled", true);
    core.emit({ event: "folders", account: 1 });
    await waitFor(() => expect(screen.queryByTestId("shrunk-bar")).toBeNull());
  });
});

describe("a mail store that was damaged and rebuilt", () => {
  const NOTE = { at: NOW, queue_whole: true, folder: "C:\\Mail", files: ["mail.db.damaged", "vault.db.damaged"] };

  test("is told of until the bar is closed", async () => {
    core.rebuilt = NOTE;
    await start();
    const bar = await screen.findByTestId("rebuilt-bar");
    expect(bar.textContent).toContain("had not reached the server yet were kept");
    expect(bar.textContent).toContain("C:\\Mail: mail.db.damaged, vault.db.damaged.");
    await fireEvent.click(screen.getByTestId("rebuilt-close"));
    await waitFor(() => expect(screen.queryByTestId("rebuilt-bar")).toBeNull());
    expect(called("rebuiltSeen")).toEqual([[]]);
  });

  test("says so where something may be lost, in every language", async () => {
    core.rebuilt = { ...NOTE, queue_whole: false };
    await start();
    const bar = await screen.findByTestId("rebuilt-bar");
    expect(bar.textContent).toContain("Changes that had not reached the server yet may be lost");
    settings.set({ language: "zh-Hans" });
    await waitFor(() => expect(bar.textContent).toContain("可能丢失"));
    settings.set({ language: "zh-Hant" });
    await waitFor(() => expect(bar.textContent).toContain("可能遺失"));
  });

  test("is not told of where nothing was", async () => {
    await start();
    expect(called("rebuilt")).toEqual([[]]);
    expect(screen.queryByTestId("rebuilt-bar")).toBeNull();
  });
});
