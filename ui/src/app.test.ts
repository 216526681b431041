// The whole app over the fake core: what the user does and sees.
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
  await screen.findByTestId("reader-address");
};

describe("first run", () => {
  test("shows the form, then the inbox", async () => {
    useBackend(new FakeCore({ empty: true }).backend());
    render(App);
    await screen.findByTestId("setup");
    expect(screen.queryByTestId("setup-cancel")).toBeNull();
    await fireEvent.input(screen.getByTestId("setup-email"), { target: { value: "a@hengtai2.example" } });
    await fireEvent.input(screen.getByTestId("setup-password"), { target: { value: "x" } });
    await fireEvent.click(screen.getByTestId("setup-submit"));
    await screen.findByTestId("mail");
    await screen.findByTestId("row-1001");
  });

  test("a core that does not start says why", async () => {
    core.failing.set("accounts", { code: "profile-in-use", message: "", params: {} });
    render(App);
    const broken = await screen.findByTestId("broken");
    expect(broken.textContent).toContain("Another Postroom");
  });
});

describe("the list", () => {
  test("opens the inbox with counts, headings and whole sentences as labels", async () => {
    await start();
    expect(screen.getByTestId("list-count").textContent).toBe("252 conversations, 30 unread");
    expect(screen.getByText("Today")).toBeTruthy();
    const row = screen.getByTestId("row-1002");
    expect(row.getAttribute("aria-label")).toBe(
      "张伟, 关于 PO-20417 交货延期 / Delivery of PO-20417 delayed, 10:27, attachment, starred",
    );
    expect(row.getAttribute("aria-setsize")).toBe("252");
  });

  test("draws only what is in view", async () => {
    await start();
    expect(screen.getAllByRole("option").length).toBeLessThan(25);
  });

  test("j and k move, Shift extends, Ctrl+A takes all, Esc goes back to one", async () => {
    await start();
    await press("j");
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId("row-1001")));
    await press("j");
    await press("k");
    await press("ArrowDown", { code: "ArrowDown", shiftKey: true });
    expect(screen.getByTestId("row-1001").getAttribute("aria-selected")).toBe("true");
    expect(screen.getByTestId("row-1002").getAttribute("aria-selected")).toBe("true");
    expect((await screen.findByTestId("reader-several")).textContent).toContain("2 selected");
    await press("a", { ctrlKey: true });
    expect(screen.getByTestId("reader-several").textContent).toContain("252 selected");
    await press("Escape", { code: "Escape" });
    expect(screen.queryByTestId("reader-several")).toBeNull();
  });

  test("keys of a Chinese input method work, but not in the search box", async () => {
    await start();
    await press("Process", { code: "KeyJ", keyCode: 229 });
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId("row-1001")));
    screen.getByTestId("search").focus();
    await press("e");
    await press("Process", { code: "KeyE", keyCode: 229 });
    expect(called("archive")).toEqual([]);
  });

  test("archive: the row goes, the next one has the focus, undo brings it back", async () => {
    await start();
    await open(1002);
    await press("e");
    await waitFor(() => expect(screen.queryByTestId("row-1002")).toBeNull());
    await waitFor(() => expect(document.activeElement).toBe(screen.getByTestId("row-1003")));
    expect(called("archive")).toEqual([[[1002]]]);
    const toast = await screen.findByTestId("toast");
    expect(toast.textContent).toContain("Archived.");
    await fireEvent.click(screen.getByTestId("toast-action"));
    await screen.findByTestId("row-1002");
    expect(called("moveTo")).toEqual([[[1002], 1]]);
  });

  test("what the core refuses comes back with the reason", async () => {
    await start();
    core.failing.set("archive", { code: "no-such-role", message: "", params: {} });
    await open(1002);
    await press("e");
    expect((await screen.findByTestId("toast")).textContent).toContain("no folder for that");
    await screen.findByTestId("row-1002");
  });

  test("in Trash, deleting asks first and cannot be undone", async () => {
    for (const { row } of core.mails.slice(0, 3)) row.folder = 6;
    render(App);
    await screen.findByTestId("row-1005");
    await fireEvent.click(screen.getByTestId("folder-Deleted Messages"));
    await open(1001);
    await press("Delete", { code: "Delete" });
    expect(called("delete")).toEqual([]);
    await fireEvent.click(await screen.findByTestId("confirm-purge"));
    await waitFor(() => expect(called("delete")).toEqual([[[1001]]]));
    await screen.findByTestId("toast");
    expect(screen.queryByTestId("toast-action")).toBeNull();
  });

  test("the buttons of a row act on that row alone", async () => {
    await start();
    await open(1005);
    const row = screen.getByTestId("row-1002");
    await fireEvent.click(within(row).getByTestId("row-star"));
    expect(called("mark")).toContainEqual([[1002], { seen: null, flagged: false }]);
    await fireEvent.click(within(row).getByTestId("row-delete"));
    expect(called("delete")).toEqual([[[1002]]]);
    expect(screen.getByTestId("row-1005").getAttribute("aria-selected")).toBe("true");
  });

  test("new mail shows at the top", async () => {
    await start();
    const mail = structuredClone(core.mails[0]!);
    mail.row = { ...mail.row, id: 9999, thread: 9999, date: NOW, flags: [] };
    core.deliver(mail);
    await screen.findByTestId("row-9999");
    await waitFor(() => expect(screen.getByTestId("list-count").textContent).toBe("253 conversations, 31 unread"));
  });

  test("an empty folder, and a list that cannot be read", async () => {
    await start();
    await fireEvent.click(screen.getByTestId("folder-Deleted Messages"));
    expect((await screen.findByTestId("list-empty")).textContent).toContain("No messages in this folder.");
    core.failing.set("listIndex", { code: "storage", message: "", params: {} });
    await fireEvent.click(screen.getAllByTestId("folder-Archive")[0]!);
    const failed = await screen.findByTestId("list-error");
    core.failing.clear();
    await fireEvent.click(within(failed).getByText("Try again"));
    await waitFor(() => expect(screen.queryByTestId("list-error")).toBeNull());
  });
});

describe("search", () => {
  test("finds, says when there is nothing, and goes back", async () => {
    await start();
    const box = screen.getByTestId("search");
    await fireEvent.input(box, { target: { value: "okafor" } });
    await waitFor(() => expect(screen.getByTestId("list-count").textContent).toMatch(/\d+ messages found/));
    await fireEvent.input(box, { target: { value: "zzzz" } });
    expect((await screen.findByTestId("search-empty")).textContent).toContain("Nothing found for “zzzz”.");
    await fireEvent.keyDown(box, { key: "Escape" });
    await screen.findByTestId("row-1001");
    expect(called("search").at(-1)).toEqual(["zzzz", 200]);
  });
});

describe("a conversation", () => {
  test("is one row, and opens at its newest unread message among the others", async () => {
    await start();
    const row = screen.getByTestId("row-1001");
    expect(within(row).getByTestId("row-count").textContent).toBe("4");
    expect(row.getAttribute("aria-label")).toContain("4 messages");
    await fireEvent.click(row);
    await screen.findByTestId("thread");
    expect(screen.getByTestId("reader-address").textContent).toBe("m.hofer@hofer-antriebe.example");
    const folded = screen.getAllByTestId(/^folded-/);
    expect(folded).toHaveLength(3);
    // Only what was shown counts as read.
    await waitFor(() => expect(called("mark")).toEqual([[[1001], { seen: true, flagged: null }]]));
    await fireEvent.click(folded[0]!);
    await waitFor(() => expect(screen.getByTestId("reader-address").textContent).not.toContain("hofer"));
    expect(screen.getAllByTestId(/^folded-/)).toHaveLength(3);
    expect(screen.getByTestId("folded-1001")).toBeTruthy();
    await waitFor(() => expect(called("mark")).toHaveLength(2));
  });

  test("that gets a message while it is open stays open where it is", async () => {
    await start();
    await fireEvent.click(screen.getByTestId("row-1001"));
    await screen.findByTestId("thread");
    await waitFor(() => expect(called("mark")).toHaveLength(1));
    const mail = structuredClone(core.mails[0]!);
    mail.row = { ...mail.row, id: 9998, date: NOW, flags: [] };
    core.deliver(mail);
    const row = await screen.findByTestId("row-9998");
    expect(row.getAttribute("aria-selected")).toBe("true");
    expect(screen.queryByTestId("row-1001")).toBeNull();
    await screen.findByTestId("folded-9998");
    expect(called("messageOpen").map(([id]) => id)).toEqual([1001]);
  });

  test("an act on its row is one on all of it that is in the folder", async () => {
    await start();
    for (const { row } of core.mails.slice(0, 3)) row.thread = 1001;
    core.emit({ event: "messages", account: 1, folder: 1 });
    await waitFor(() => expect(screen.queryByTestId("row-1002")).toBeNull());
    const row = screen.getByTestId("row-1001");
    await fireEvent.click(within(row).getByTestId("row-read"));
    await waitFor(() => expect(called("mark")).toHaveLength(1));
    const [[marked]] = called("mark") as [[number[]]];
    expect(new Set(marked).size).toBe(6);
    await fireEvent.click(within(screen.getByTestId("row-1001")).getByTestId("row-archive"));
    await waitFor(() => expect(called("archive")).toHaveLength(1));
    const [[archived]] = called("archive") as [[number[]]];
    expect(archived.toSorted()).toEqual([1001, 1002, 1003]);
  });

  test("is not made where the list is by message", async () => {
    settings.set({ by: "message" });
    await start();
    expect(screen.queryByTestId("row-count")).toBeNull();
    await open(1001);
    expect(screen.queryByTestId("thread")).toBeNull();
    await waitFor(() => expect(called("mark")).toHaveLength(1));
    settings.set({ by: "conversation" });
  });
});

describe("the reader", () => {
  test("shows the whole address, opens the frame without its origin, and marks as read", async () => {
    await start();
    await open(1003);
    expect(screen.getByTestId("reader-address").textContent).toBe("lin.xt@wanfang-logistics.example");
    const frame = screen.getByTestId("reader-frame");
    expect(frame.getAttribute("sandbox")).toBe("allow-scripts allow-popups");
    await waitFor(() => expect(called("mark")).toEqual([[[1003], { seen: true, flagged: null }]]));
    await waitFor(() => expect(screen.getByTestId("list-count").textContent).toBe("252 conversations, 29 unread"));
  });

  test("a message passed over quickly stays unread", async () => {
    await start();
    await press("j");
    await press("j");
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(called("mark")).toEqual([]);
  });

  test("pictures are asked for once, or for good", async () => {
    await start();
    await open(1002);
    expect(screen.getByTestId("remote-bar").textContent).toContain("3 remote pictures blocked, 1 of them a tracker");
    await fireEvent.click(screen.getByTestId("remote-once"));
    await waitFor(() => expect(screen.queryByTestId("remote-bar")).toBeNull());
    expect(called("messageOpen")).toEqual([
      [1002, false],
      [1002, true],
    ]);
    expect(called("messageClose")).toHaveLength(1);
  });

  test("trackers alone are said, and cannot be asked for", async () => {
    const mail = core.mails.find(({ row }) => row.id === 1002)!;
    mail.remote = mail.trackers = 2;
    await start();
    await open(1002);
    expect(screen.getByTestId("remote-bar").textContent).toContain("2 trackers blocked");
    expect(screen.queryByTestId("remote-once")).toBeNull();
    expect(screen.queryByTestId("remote-always")).toBeNull();
  });

  test("a quarantined message is read once more when the user asks", async () => {
    const mail = core.mails.find(({ row }) => row.id === 1002)!;
    mail.kind = "source";
    mail.defects = [{ kind: "quarantined", detail: "" }];
    await start();
    await open(1002);
    await fireEvent.click(screen.getByTestId("quarantined-retry"));
    await waitFor(() => expect(screen.queryByTestId("quarantined-bar")).toBeNull());
    expect(called("messageRetry")).toEqual([[1002]]);
  });

  test("no address of several senders is kept back", async () => {
    const mail = core.mails.find(({ row }) => row.id === 1002)!;
    mail.row.from = [
      { name: "Your Bank", email: "" },
      { name: "Ltd.", email: "evil@elsewhere.example" },
    ];
    await start();
    await open(1002);
    expect(screen.getByTestId("reader-address").textContent).toBe("evil@elsewhere.example");
    expect(screen.getByText("Your Bank, Ltd.")).toBeTruthy();
  });

  test("details show recipients and what is odd", async () => {
    await start();
    await open(1007);
    expect(screen.getByTestId("defect-bar")).toBeTruthy();
    await fireEvent.click(screen.getByTestId("reader-details-toggle"));
    expect(screen.getByTestId("reader-defects").textContent).toContain("character set");
    expect(screen.getByTestId("reader-details").textContent).toContain("chen.lin@hengtai.example");
  });

  test("only the frame's own window is heard", async () => {
    await start();
    await open(1002);
    const frame = screen.getByTestId<HTMLIFrameElement>("reader-frame");
    // happy-dom loads no frames, so this one gets its window here.
    Object.defineProperty(frame, "contentWindow", { value: { postMessage: vi.fn() } });
    const say = (data: object, source: unknown) => {
      const event = new MessageEvent("message", { data });
      Object.defineProperty(event, "source", { value: source });
      window.dispatchEvent(event);
    };
    const link = { postroom: 1, type: "link", href: "https://a.example/" };
    say(link, window);
    say(link, null);
    expect(called("openLink")).toEqual([]);
    say(link, frame.contentWindow);
    expect(called("openLink")).toEqual([["https://a.example/"]]);
    say({ postroom: 1, type: "height", height: 1234 }, frame.contentWindow);
    await waitFor(() => expect(frame.style.height).toBe("1234px"));
    say({ postroom: 1, type: "key", key: "e", code: "KeyE" }, frame.contentWindow);
    await waitFor(() => expect(called("archive")).toEqual([[[1002]]]));
  });

  test("a body that is not here loads when it comes", async () => {
    const mail = core.mails.find(({ row }) => row.id === 1002)!;
    mail.row.has_body = false;
    await start();
    await open(1002);
    expect(screen.getByTestId("reader-missing").textContent).toContain("Not on this computer yet.");
    mail.row.has_body = true;
    core.emit({ event: "messages", account: 1, folder: 1 });
    await screen.findByTestId("reader-frame");
  });

  test("a large message is read while its rest comes, and its files follow", async () => {
    core.coming = { bytes: 2_000_000, total: 40_000_000, missing: [4, 5] };
    await start();
    await open(1011);
    const bar = await screen.findByTestId("reader-coming");
    expect(bar.textContent).toContain("2 MB of 40 MB have come");
    const file = (part: number) => screen.getByTestId<HTMLButtonElement>(`attachment-open-${part}`);
    expect([file(2).disabled, file(4).disabled]).toEqual([false, true]);
    expect(file(4).textContent).toContain("Still coming");
    expect(screen.getByTestId<HTMLButtonElement>("attachments-save-all").disabled).toBe(true);
    core.coming = { bytes: 20_000_000, total: 40_000_000, missing: [5] };
    core.emit({ event: "coming", account: 1, message: 1011, bytes: 20_000_000, total: 40_000_000 });
    await waitFor(() => expect(bar.textContent).toContain("20 MB of 40 MB"));
    await waitFor(() => expect(file(4).disabled).toBe(false));
    expect(screen.getByTestId("status").textContent).toContain("Large mail: 20 MB / 40 MB");
    core.coming = null;
    core.emit({ event: "coming", account: 1, message: 1011, bytes: 40_000_000, total: 40_000_000 });
    await waitFor(() => expect(screen.queryByTestId("reader-coming")).toBeNull(), { timeout: 3000 });
    expect(file(5).disabled).toBe(false);
    // The text was never loaded anew.
    expect(called("messageOpen")).toHaveLength(1);
  });

  test("a message that cannot be opened says why", async () => {
    await start();
    core.failing.set("messageOpen", { code: "not-found", message: "", params: {} });
    await fireEvent.click(screen.getByTestId("row-1002"));
    expect((await screen.findByTestId("reader-error")).textContent).toContain("no longer there");
  });

  test("a folder is picked by typing", async () => {
    await start();
    await open(1002);
    await press("v");
    const filter = await screen.findByTestId("move-filter");
    await fireEvent.input(filter, { target: { value: "东海" } });
    await fireEvent.keyDown(filter, { key: "Enter" });
    await waitFor(() => expect(called("moveTo")).toEqual([[[1002], 8]]));
    expect((await screen.findByTestId("toast")).textContent).toContain("Moved to 东海精密.");
  });
});
