import { beforeEach, expect, test, vi } from "vitest";

const call = vi.hoisted(() => vi.fn());
vi.mock("@tauri-apps/api/core", () => ({ Channel: vi.fn(), invoke: call }));

beforeEach(() => {
  vi.resetModules();
  call.mockReset();
  call.mockImplementation((command: string) => Promise.resolve(command === "page_token" ? "secret" : command));
});

test("the token is asked for once, before all else, and goes with every call", async () => {
  const { invoke } = await import("./invoke");
  const answers = await Promise.all([invoke("status"), invoke("folders"), invoke("search", { query: "x" })]);
  expect(answers).toEqual(["status", "folders", "search"]);
  const options = { headers: { "postroom-token": "secret" } };
  expect(call.mock.calls).toEqual([
    ["page_token"],
    ["status", undefined, options],
    ["folders", undefined, options],
    ["search", { query: "x" }, options],
  ]);
});

test("nothing is called without it", async () => {
  call.mockRejectedValue({ code: "invalid-input", message: "", params: {} });
  const { invoke } = await import("./invoke");
  await expect(invoke("status")).rejects.toMatchObject({ code: "invalid-input" });
  await expect(invoke("folders")).rejects.toMatchObject({ code: "invalid-input" });
  expect(call.mock.calls).toEqual([["page_token"]]);
});
