import { fireEvent, render, screen, waitFor } from "@testing-library/svelte";
import { beforeEach, expect, test, vi } from "vitest";
import { useBackend } from "../ipc";
import type { FaultCode } from "../ipc";
import { FakeCore } from "../ipc/fake/core";
import Setup from "./Setup.svelte";
import { SetupState } from "./setup.svelte";

let core: FakeCore;
beforeEach(() => {
  core = new FakeCore({ empty: true });
  useBackend(core.backend());
});
const field = (id: string) => screen.getByTestId<HTMLInputElement>(id);
const type = (id: string, value: string) => fireEvent.input(field(id), { target: { value } });
const refuse = (code: FaultCode, params = {}) => core.failing.set("accountAdd", { code, message: "", params });

async function filled() {
  const ondone = vi.fn();
  render(Setup, { ondone });
  await type("setup-name", "陈琳");
  await type("setup-email", "chen@hengtai.example");
  await type("setup-password", "geheim");
  return ondone;
}
const submit = () => fireEvent.click(screen.getByTestId("setup-submit"));

test("an address fills in the servers, and the account is added with them", async () => {
  const ondone = await filled();
  await submit();
  await waitFor(() => expect(ondone).toHaveBeenCalledWith(1));
  const [, draft, password, check] = core.calls.find(([name]) => name === "accountAdd")!;
  expect(draft).toEqual({
    name: "陈琳",
    email: "chen@hengtai.example",
    imap: { host: "imap.hengtai.example", port: 993, tls: "implicit" },
    smtp: { host: "smtp.hengtai.example", port: 465, tls: "implicit" },
    user: "chen@hengtai.example",
    ca_pem: null,
  });
  expect([password, check]).toEqual(["geheim", true]);
});

test("nothing is asked of the core while something is missing", async () => {
  render(Setup, { ondone: vi.fn() });
  await submit();
  expect(screen.getByTestId("setup-email-error")).toBeTruthy();
  expect(screen.getByTestId("setup-password-error")).toBeTruthy();
  expect(screen.queryByTestId("setup-servers"), "servers come with the address").toBeNull();
  expect(core.calls).toEqual([]);
  await waitFor(() => expect(document.activeElement).toBe(field("setup-email")));
});

test("what the user set by hand is not guessed over", async () => {
  await filled();
  await fireEvent.click(screen.getByTestId("setup-by-hand"));
  await type("setup-imap-host", "mail.hengtai.example");
  await type("setup-email", "chen@other.example");
  expect(field("setup-imap-host").value).toBe("mail.hengtai.example");
});

test("another kind of encryption brings its port along", async () => {
  await filled();
  await fireEvent.click(screen.getByTestId("setup-by-hand"));
  await fireEvent.change(field("setup-smtp-tls"), { target: { value: "starttls" } });
  expect(field("setup-smtp-port").value).toBe("587");
});

test.each([
  ["login-refused", {}, "setup-password-error"],
  ["account-exists", {}, "setup-email-error"],
  ["host-unknown", { server: "imap.hengtai.example" }, "setup-imap-host-error"],
  ["host-unknown", { server: "smtp.hengtai.example" }, "setup-smtp-host-error"],
  ["timed-out", { server: "smtp.hengtai.example:465" }, "setup-smtp-host-error"],
  ["connection-refused", { server: "imap.hengtai.example", port: "993" }, "setup-imap-port-error"],
  ["tls-unavailable", { protocol: "smtp" }, "setup-smtp-tls-error"],
  ["certificate-untrusted", { server: "imap.hengtai.example" }, "setup-ca-error"],
  ["vault-unavailable", {}, "setup-error"],
] as [FaultCode, object, string][])("%s %o is said at %s", async (code, params, id) => {
  const ondone = await filled();
  refuse(code, params);
  await submit();
  expect(await screen.findByTestId(id)).toBeTruthy();
  expect(ondone).not.toHaveBeenCalled();
  // What was typed stays.
  expect(field("setup-password").value).toBe("geheim");
});

test("two servers on one host are told apart by their ports", () => {
  const setup = new SetupState();
  setup.setServer("imap", { host: "127.0.0.1", port: "10993" });
  setup.setServer("smtp", { host: "127.0.0.1", port: "10465" });
  const fault = { code: "connection-refused" as const, message: "", params: { server: "127.0.0.1", port: "10465" } };
  expect(Object.keys(setup.place(fault))).toEqual(["smtpPort"]);
});

test("without encryption only this machine is reached", () => {
  const setup = new SetupState();
  setup.setEmail("a@b.example");
  setup.password = "x";
  setup.setServer("imap", { tls: "none" });
  expect(Object.keys(setup.check())).toEqual(["imapTls"]);
  setup.setServer("imap", { host: "127.0.0.1" });
  expect(setup.check()).toEqual({});
});

test("a certificate file is read, and one that is none is refused", async () => {
  const setup = new SetupState();
  await setup.setCa(new File(["hello"], "a.pem"));
  expect(setup.errors.ca).toBeTruthy();
  await setup.setCa(new File(["-----BEGIN CERTIFICATE-----\n"], "ca.pem"));
  expect(setup.errors.ca).toBeUndefined();
  expect(setup.draft().ca_pem).toContain("BEGIN CERTIFICATE");
});
