// What the reader shows around a message, and its files, over the fake core.
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
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(600);
  core = new FakeCore({ now: NOW });
  useBackend(core.backend());
  settings.start();
  settings.set({ language: "en", theme: "light" });
});

const called = (name: string) => core.calls.filter(([n]) => n === name).map(([, ...args]) => args);
async function open(id: number) {
  render(App);
  await fireEvent.click(await screen.findByTestId(`row-${id}`));
  await screen.findByTestId("reader-subject");
}
/** Opens the message with a picture, a table and a program, and shows one of them. */
async function preview(part: number) {
  await open(1011);
  await waitFor(() => expect(screen.getByTestId("attachment-note-5").textContent).toContain("Program"));
  await fireEvent.click(screen.getByTestId(`attachment-open-${part}`));
  return screen.findByTestId("preview");
}
const press = (target: Element, key: string, more: KeyboardEventInit = {}) =>
  fireEvent.keyDown(target, { key, ...more });

describe("files", () => {
  test("a warning stands where the size would", async () => {
    await open(1011);
    await waitFor(() => expect(screen.getByTestId("attachment-note-5").textContent).toContain("Program"));
    expect(screen.getByTestId("attachment-note-4").textContent).toContain("88 KB");
    expect(screen.getByTestId("attachment-open-5").getAttribute("aria-label")).toBe("Show viewer.exe, Program");
  });

  test("files that could not be looked into are shown all the same", async () => {
    core.failing.set("attachmentFacts", { code: "storage", message: "", params: {} });
    await open(1011);
    await waitFor(() => expect(called("attachmentFacts")).toHaveLength(1));
    expect(screen.getByTestId("attachment-note-5").textContent).toContain("540 KB");
  });

  test("the arrows go from file to file and stop at the ends; Space and Esc close", async () => {
    const shown = await preview(2);
    expect(screen.getByTestId("preview-picture").getAttribute("src")).toBe("fake:fake-1/2");
    await press(shown, "ArrowLeft");
    expect(screen.getByTestId("preview-place").textContent).toBe("1 of 4");
    await press(shown, "ArrowRight");
    await press(shown, "ArrowRight");
    expect(screen.getByTestId("preview-place").textContent).toBe("3 of 4");
    const table = await screen.findByTestId("preview-text");
    expect(within(table).getByText("product").tagName).toBe("TH");
    expect(within(table).getByText("500").tagName).toBe("TD");
    await press(shown, " ");
    await waitFor(() => expect(screen.queryByTestId("preview")).toBeNull());
  });

  test("keys of an input method do nothing", async () => {
    const shown = await preview(2);
    await press(shown, "ArrowRight", { keyCode: 229 });
    await press(shown, " ", { isComposing: true });
    expect(screen.getByTestId("preview-place").textContent).toBe("1 of 4");
  });

  test("what runs is said to be a program, saved, and never opened", async () => {
    await preview(5);
    expect(screen.getByTestId("preview-warnings").textContent).toContain("This is a program");
    expect(screen.queryByTestId("preview-open")).toBeNull();
    await fireEvent.click(screen.getByTestId("preview-save"));
    await waitFor(() => expect(called("attachmentSave")[0]?.slice(1)).toEqual([5, "/mail/saved"]));
    expect(called("attachmentOpen")).toEqual([]);
  });

  test("what is harmless is opened at once, what has warnings after a yes", async () => {
    const mail = core.mails.find(({ row }) => row.id === 1011);
    const [first, second] = mail?.attachments ?? [];
    if (!first || !second) throw new Error("no files");
    first.name = "plan.xlsx";
    second.name = "plan.docm";
    await preview(2);
    expect(screen.getByTestId("preview-none")).toBeTruthy();
    await fireEvent.click(screen.getByTestId("preview-open"));
    await waitFor(() => expect(called("attachmentOpen")).toEqual([["fake-1", 2, false]]));
    await fireEvent.click(screen.getByTestId("preview-next"));
    await fireEvent.click(screen.getByTestId("preview-open"));
    const confirm = await screen.findByTestId("confirm-open");
    expect(confirm.closest("[role=dialog]")?.textContent).toContain("It contains macros");
    expect(called("attachmentOpen")).toHaveLength(1);
    await fireEvent.click(confirm);
    await waitFor(() => expect(called("attachmentOpen")[1]).toEqual(["fake-1", 3, true]));
  });

  test("one is saved, or all", async () => {
    await open(1011);
    const files = await screen.findByTestId("attachments");
    await fireEvent.click(within(files).getByTestId("attachment-save-5"));
    await waitFor(() => expect(called("attachmentSave")[0]?.slice(1)).toEqual([5, "/mail/saved"]));
    await fireEvent.click(within(files).getByTestId("attachments-save-all"));
    await waitFor(() => expect(called("attachmentsSave")).toHaveLength(1));
    expect(called("attachmentsSave")[0]?.slice(1)).toEqual([[2, 3, 4, 5], "/mail/saved"]);
    expect((await screen.findByText("4 files saved.")).textContent).toBeTruthy();
  });

  test("a file is dragged by the system", async () => {
    await open(1011);
    const files = await screen.findByTestId("attachments");
    const kept = await fireEvent.dragStart(within(files).getByTestId("attachment-open-3"));
    expect(kept).toBe(false);
    await waitFor(() => expect(called("attachmentDrag")).toEqual([["fake-1", 3]]));
  });

  test("a preview ends with its message", async () => {
    await preview(2);
    await fireEvent.click(screen.getByTestId("row-1003"));
    await waitFor(() => expect(screen.queryByTestId("preview")).toBeNull());
  });
});

describe("the sender", () => {
  test("who looks like another is pointed out", async () => {
    core.around = { sender_marks: ["other-address"] };
    await open(1002);
    expect((await screen.findByTestId("sender-bar")).textContent).toContain("contains another address");
  });

  test("an unclear one is no oddity among others", async () => {
    const mail = core.mails.find(({ row }) => row.id === 1002);
    mail?.defects.push({ kind: "sender-unclear", detail: "several From fields" });
    await open(1002);
    expect((await screen.findByTestId("sender-bar")).textContent).toContain("unclear who sent");
    expect(screen.queryByTestId("defect-bar")).toBeNull();
  });

  test("the other mail of a sender is one click away", async () => {
    await open(1002);
    const address = screen.getByTestId("reader-address").textContent;
    await fireEvent.pointerDown(screen.getByTestId("tool-more"), { button: 0, pointerType: "mouse" });
    await fireEvent.click(await screen.findByTestId("menu-sender"));
    await waitFor(() => expect(called("search")[0]?.[0]).toBe(`"${address}"`));
  });
});

describe("a mailing list", () => {
  test("is left by one request, after a question that names who hears of it", async () => {
    core.around = { unsubscribe: { way: "one-click", host: "news.example" } };
    await open(1002);
    await fireEvent.click(await screen.findByTestId("unsubscribe"));
    const confirm = await screen.findByTestId("confirm-unsubscribe");
    expect(confirm.closest("[role=dialog]")?.textContent).toContain("news.example will be told");
    expect(called("listLeave")).toEqual([]);
    await fireEvent.click(confirm);
    await waitFor(() => expect(called("listLeave")).toEqual([["fake-1"]]));
    await screen.findByText(/Unsubscribed/);
  });

  test("by mail or on a page is left outside the app", async () => {
    core.around = { unsubscribe: { way: "mail", address: "leave@news.example" } };
    await open(1002);
    await fireEvent.click(await screen.findByTestId("unsubscribe"));
    const confirm = await screen.findByTestId("confirm-unsubscribe");
    expect(confirm.textContent).toBe("Open mail program");
    await fireEvent.click(confirm);
    await waitFor(() => expect(called("listOpen")).toEqual([["fake-1"]]));
    expect(called("listLeave")).toEqual([]);
  });
});

describe("an invitation", () => {
  const invitation = {
    part: 2,
    kind: "request" as const,
    summary: "报价评审",
    place: "Raum 4",
    organiser: { name: "Karin Müller", email: "karin@hengtai.example" },
    attendees: 3,
    start: { at: null, local: "2026-03-03T10:00:00", zone: "Nowhere/Land" },
    end: null,
    repeats: "weekly" as const,
    more: 0,
  };

  test("shows what, when, where and by whom; a zone that nobody knows is named", async () => {
    core.around = { invitation };
    await open(1002);
    const card = await screen.findByTestId("invitation");
    expect(screen.getByTestId("invitation-summary").textContent.trim()).toBe("报价评审");
    expect(screen.getByTestId("invitation-time").textContent).toContain("10:00 in “Nowhere/Land”");
    for (const text of ["Raum 4", "From Karin Müller", "3 invited", "Repeats weekly; the first time is shown"])
      expect(card.textContent).toContain(text);
  });

  test("that is called off says so", async () => {
    core.around = { invitation: { ...invitation, kind: "cancel", start: null } };
    await open(1002);
    const card = await screen.findByTestId("invitation");
    expect(card.textContent).toContain("Cancelled");
    expect(card.textContent).toContain("No time given");
  });
});

describe("how a message looks", () => {
  test("original colours are one click away, for one message or for a sender", async () => {
    settings.set({ theme: "dark" });
    await open(1002);
    const address = screen.getByTestId("reader-address").textContent;
    const button = () => screen.getByTestId("tool-colours").getAttribute("aria-pressed");
    expect(button()).toBe("false");
    await fireEvent.click(screen.getByTestId("tool-colours"));
    expect(button()).toBe("true");
    expect(settings.isOriginal(address)).toBe(false);
    await fireEvent.click(screen.getByTestId("row-1003"));
    await waitFor(() => expect(button()).toBe("false"));

    settings.setOriginal(address.toUpperCase(), true);
    await fireEvent.click(screen.getByTestId("row-1002"));
    await waitFor(() => expect(button()).toBe("true"));
    settings.setOriginal(address, false);
    await waitFor(() => expect(button()).toBe("false"));
  });

  test("a light theme offers no original colours", async () => {
    await open(1002);
    expect(screen.queryByTestId("tool-colours")).toBeNull();
  });

  test("Mod and plus, minus, nought zoom in steps, which are kept", async () => {
    await open(1002);
    const zoom = (key: string) => press(document.body, key, { ctrlKey: true, code: "" });
    await zoom("=");
    await zoom("+");
    expect(settings.zoom).toBe(1.25);
    await waitFor(() => expect(called("zoom").at(-1)).toEqual([1.25]));
    await zoom("-");
    expect(settings.zoom).toBe(1.1);
    await zoom("0");
    expect(settings.zoom).toBe(1);
    for (let n = 0; n < 20; n += 1) await zoom("+");
    expect(settings.zoom).toBe(2);
    settings.start();
    expect(settings.zoom).toBe(2);
    settings.set({ zoom: 1 });
  });

  test("printing is given the words of the language", async () => {
    await open(1002);
    await press(document.body, "p", { ctrlKey: true, code: "KeyP" });
    await waitFor(() => expect(called("messagePrint")).toHaveLength(1));
    expect(called("messagePrint")[0]?.[1]).toMatchObject({ from: "From", to: "To", untitled: "No subject" });
  });

  test("the headers alone are shown on demand", async () => {
    await open(1002);
    await fireEvent.pointerDown(screen.getByTestId("tool-more"), { button: 0, pointerType: "mouse" });
    await fireEvent.click(await screen.findByTestId("menu-headers"));
    const text = await screen.findByTestId("source-text");
    expect(text.textContent).toContain("Subject:");
    expect(text.textContent).not.toContain("<p>");
  });
});
