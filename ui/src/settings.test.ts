// What is kept on this computer, trouble with its disk, and what the system asks for: over the fake core.
import { fireEvent, render, screen, waitFor, within } from "@testing-library/svelte";
import { beforeEach, describe, expect, test, vi } from "vitest";
import App from "./App.svelte";
import { useBackend } from "./ipc";
import { FakeCore } from "./ipc/fake/core";
import { budgetOf, budgetText, GIB } from "./settings/keep";
import { settings } from "./settings/settings.svelte";

const NOW = new Date(2026, 10, 24, 11, 0).getTime();
const CHEN = "chen.lin@hengtai.example";
let core: FakeCore;

beforeEach(() => {
  vi.setSystemTime(NOW);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
  core = new FakeCore({ now: NOW });
  useBackend(core.backend());
  settings.start();
  settings.set({ language: "en" });
});

const called = (name: string) => core.calls.filter(([n]) => n === name).map(([, ...args]) => args);
const pick = (within_: HTMLElement, testid: string, value: string) =>
  fireEvent.change(within(within_).getByTestId(testid), { target: { value } });

/** The storage page, with the part of the first account. */
async function storage() {
  render(App);
  await screen.findByTestId("row-1001");
  await fireEvent.keyDown(document.body, { key: ",", code: "Comma", ctrlKey: true });
  await fireEvent.click(await screen.findByTestId("settings-storage"));
  return screen.findByTestId(`offline-${CHEN}`);
}
const use = () => screen.getByTestId(`offline-use-${CHEN}`).textContent;

describe("what is kept on this computer", () => {
  test("a folder's limit says how much goes, waits for a yes, and shows what is left", async () => {
    const part = await storage();
    const inbox = core.mails.filter(({ row }) => row.folder === 1 && row.has_body).length;
    const before = use();
    await pick(part, "offline-keep-INBOX", "headers");
    const asks = await screen.findByTestId("offline-asks");
    expect(asks.textContent).toContain(`of ${inbox} messages`);
    expect(asks.textContent).toContain("The server keeps all of it.");
    expect(within(part).getByTestId<HTMLSelectElement>("offline-keep-INBOX").value).toBe("");
    await fireEvent.click(screen.getByTestId("offline-cancel"));
    expect(screen.queryByTestId("offline-asks")).toBeNull();
    expect(called("offlineFolderSet")).toEqual([]);
    expect(use()).toBe(before);

    await pick(part, "offline-keep-INBOX", "headers");
    await fireEvent.click(await screen.findByTestId("offline-confirm"));
    await waitFor(() =>
      expect(within(within(part).getByTestId("offline-folder-INBOX")).getByText("0 of 252")).toBeTruthy(),
    );
    expect(called("offlineFolderSet")).toEqual([[1, "headers"]]);
    expect(within(part).getByTestId<HTMLSelectElement>("offline-keep-INBOX").value).toBe("headers");
    expect(use()).not.toBe(before);

    // What makes mail come needs no yes.
    const keep = within(part).getByTestId("offline-keep-INBOX");
    await waitFor(() => expect(keep.getAttribute("aria-disabled")).toBe("false"));
    await pick(part, "offline-keep-INBOX", "");
    await waitFor(() => expect(called("offlineFolderSet")).toHaveLength(2));
    expect(screen.queryByTestId("offline-asks")).toBeNull();
    await waitFor(() =>
      expect(within(within(part).getByTestId("offline-folder-INBOX")).getByText("252 of 252")).toBeTruthy(),
    );
  });

  test("a size of one's own is typed; nonsense is refused at once", async () => {
    const part = await storage();
    await pick(part, "offline-budget", "own");
    const field = await within(part).findByTestId("offline-own");
    await fireEvent.input(field, { target: { value: "lots" } });
    await fireEvent.keyDown(field, { key: "Enter" });
    expect(within(part).getByRole("alert").textContent).toContain("0.1");
    expect(called("offlinePreview")).toEqual([]);
    await fireEvent.input(field, { target: { value: "7.5" } });
    await fireEvent.keyDown(field, { key: "Enter" });
    await waitFor(() => expect(called("offlineSet")).toEqual([[1, "all", 7.5 * GIB]]));
  });

  test("a budget that is too small for the mail asks first", async () => {
    const part = await storage();
    core.mails[0]!.row.size = 3 * GIB;
    await pick(part, "offline-budget", "1");
    const asks = await screen.findByTestId("offline-asks");
    expect(asks.textContent).toContain(CHEN);
    await fireEvent.click(screen.getByTestId("offline-confirm"));
    await waitFor(() => expect(called("offlineSet")).toEqual([[1, "all", GIB]]));
  });

  test("it follows what comes and goes, and what fails is said", async () => {
    const part = await storage();
    core.mails.find(({ row }) => row.folder === 1)!.row.has_body = false;
    core.emit({ event: "messages", account: 1, folder: 1 });
    await waitFor(() =>
      expect(within(within(part).getByTestId("offline-folder-INBOX")).getByText("251 of 252")).toBeTruthy(),
    );
    const busy = { account: 1, folder: "INBOX", phase: "bodies", done: 4, total: 9, bytes: 0 } as const;
    core.emit({ event: "progress", ...busy });
    await waitFor(() => expect(screen.getAllByTestId("offline-busy")[0]!.textContent).toBe("Loading 4 of 9"));
    core.failing.set("offlineFolderPreview", { code: "disk-full", message: "", params: {} });
    await pick(part, "offline-keep-INBOX", "1m");
    expect((await screen.findByTestId("offline-failure")).textContent).toContain("disk is full");
  });

  test("the server's limit warns as it is reached", async () => {
    const quota = (name: string, used_bytes: number) => ({ account: 1, name, used_bytes, limit_bytes: 5e9 });
    core.quotas = [quota("", 3.2e9), quota("other", 1e9)];
    const part = await storage();
    const says = within(part).getByTestId("offline-quota");
    expect(says.textContent).toBe("3.2 GB of 5 GB used on the server");
    expect(within(part).getByTestId("offline-quota-meter").className).toContain("plain");
    for (const [used, tone] of [
      [4.5e9, "warning"],
      [4.95e9, "danger"],
    ] as const) {
      core.quotas = [quota("", used)];
      core.emit({ event: "folders", account: 1 });
      await waitFor(() => expect(says.className).toContain(tone), { timeout: 3000 });
    }
    expect(screen.getAllByTestId("offline-quota")).toHaveLength(1);
  });

  test("what is typed for a size is read as people write it", () => {
    expect(budgetOf("2")).toBe(2 * GIB);
    expect(budgetOf(" 1,5 ")).toBe(1.5 * GIB);
    expect(["", "x", "0", "-1", "1e9"].map(budgetOf)).toEqual(Array(5).fill(undefined));
    expect(budgetText(1.5 * GIB)).toBe("1.5");
  });
});

describe("trouble with this computer's disk", () => {
  test("stands over the list until it is tried again", async () => {
    render(App);
    await screen.findByTestId("row-1001");
    const fault = { code: "disk-full" as const, message: "", params: {} };
    core.emit({ event: "account", account: 1, state: { state: "offline", fault } });
    expect((await screen.findByTestId("trouble-bar")).textContent).toContain("Make room");
    expect(screen.getByTestId("status").textContent).toBe("Mail cannot be kept on this computer");
    await fireEvent.click(screen.getByTestId("trouble-retry"));
    expect(called("accountRetry")).toEqual([[1], [2]]);
    core.emit({ event: "account", account: 1, state: { state: "online" } });
    await waitFor(() => expect(screen.queryByTestId("trouble-bar")).toBeNull());
  });

  test("also where an act of the user's could not be kept", async () => {
    render(App);
    await fireEvent.click(await screen.findByTestId("row-1002"));
    core.failing.set("archive", { code: "read-only", message: "", params: {} });
    await fireEvent.keyDown(document.body, { key: "e", code: "KeyE" });
    expect((await screen.findByTestId("trouble-bar")).textContent).toContain("cannot be written");
  });

  test("at the start it says why, and another try may say something else", async () => {
    core.failing.set("appInfo", { code: "read-only", message: "Read-only file system", params: {} });
    core.failing.set("profileOpen", { code: "disk-full", message: "", params: {} });
    render(App);
    expect((await screen.findByTestId("broken")).textContent).toContain("cannot be written");
    await fireEvent.click(screen.getByTestId("broken-retry"));
    await waitFor(() => expect(screen.getByTestId("broken").textContent).toContain("Make room"));
  });
});

test("what the system asks for is taken once, at the start and later", async () => {
  const write = (to: string) => ({ ask: "write" as const, to: [to], cc: [], bcc: [], subject: "", body: "" });
  core.asks = [write("first@example.test")];
  render(App);
  await waitFor(() => expect(screen.getByText(/first@example\.test/)).toBeTruthy());
  core.ask(write("second@example.test"));
  await waitFor(() => expect(screen.getByText(/second@example\.test/)).toBeTruthy());
  expect(core.asks).toEqual([]);
});
