import { render, screen, waitFor } from "@testing-library/svelte";
import { expect, test, vi } from "vitest";
import Frame from "./Frame.svelte";

function shown() {
  const onlink = vi.fn();
  const onkey = vi.fn();
  render(Frame, { src: "about:blank", dark: false, original: false, onkey, onlink });
  const frame = screen.getByTestId<HTMLIFrameElement>("reader-frame");
  Object.defineProperty(frame, "contentWindow", { value: { postMessage: vi.fn() } });
  const say = (fields: object) => {
    const event = new MessageEvent("message", { data: { postroom: 1, ...fields } });
    Object.defineProperty(event, "source", { value: frame.contentWindow });
    window.dispatchEvent(event);
  };
  return { frame, onlink, say };
}

test("the frame has scripts of its own and nothing of ours", () => {
  const { frame } = shown();
  expect(frame.getAttribute("sandbox")).toBe("allow-scripts allow-popups");
  expect(frame.getAttribute("referrerpolicy")).toBe("no-referrer");
});

test("a plain link opens at once", () => {
  const { onlink, say } = shown();
  say({ type: "link", href: "https://example.com/a", text: "Read more" });
  expect(onlink.mock.calls).toEqual([["https://example.com/a"]]);
});

test("a link that names another place is asked about, with the real host first", async () => {
  const { onlink, say } = shown();
  const href = "https://bank.example@evil.example/";
  say({ type: "link", href, text: "https://bank.example/" });
  await waitFor(() => expect(screen.getByTestId("link-host").textContent).toBe("evil.example"));
  expect(onlink).not.toHaveBeenCalled();
  screen.getByTestId("link-cancel").click();
  await waitFor(() => expect(screen.queryByTestId("link-question")).toBeNull());
  expect(onlink).not.toHaveBeenCalled();

  say({ type: "link", href, text: "https://bank.example/" });
  await waitFor(() => screen.getByTestId("link-open"));
  screen.getByTestId("link-open").click();
  expect(onlink.mock.calls).toEqual([[href]]);
});

test("what a link points to begins with its host", async () => {
  const { say } = shown();
  say({ type: "hover", href: "https://bank.example:x@evil.example/bank.example" });
  await waitFor(() => expect(screen.getByTestId("link-target").textContent.trim()).toMatch(/^evil\.example\s/));
});
