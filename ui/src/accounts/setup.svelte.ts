// The form for an account: what is filled in, what is wrong with it, and what the core said.
import { faultText } from "../i18n/faults";
import { t } from "../i18n/index.svelte";
import { faultOf, ipc } from "../ipc";
import type { AccountDraft, Fault, Protocol, ServerAddress, TlsMode } from "../ipc";
import { domainOf, guessServers } from "./guess";
import type { Guess } from "./guess";

export type Field =
  "email" | "password" | "imapHost" | "imapPort" | "imapTls" | "smtpHost" | "smtpPort" | "smtpTls" | "ca" | "form";
type Errors = Partial<Record<Field, string>>;

export interface ServerFields {
  host: string;
  port: string;
  tls: TlsMode;
}

const PORTS: Record<Protocol, Record<TlsMode, string>> = {
  imap: { implicit: "993", starttls: "143", none: "143" },
  smtp: { implicit: "465", starttls: "587", none: "587" },
};

const loopback = (host: string) => /^(localhost|127(\.\d{1,3}){3}|::1)$/i.test(host.trim());
const validHost = (host: string) => /^[\p{L}\p{N}._:-]{1,253}$/u.test(host.trim().replace(/^\[|\]$/g, ""));
const validPort = (port: string) => /^\d{1,5}$/.test(port.trim()) && Number(port) >= 1 && Number(port) <= 65_535;

export class SetupState {
  name = $state("");
  email = $state("");
  password = $state("");
  user = $state("");
  imap = $state<ServerFields>({ host: "", port: "993", tls: "implicit" });
  smtp = $state<ServerFields>({ host: "", port: "465", tls: "implicit" });
  ca = $state.raw<{ name: string; pem: string } | undefined>(undefined);
  /** Whether the servers are shown for editing. */
  byHand = $state(false);
  busy = $state(false);
  errors = $state.raw<Errors>({});
  guess = $state.raw<Guess | undefined>(undefined);
  /** Whether the user changed the servers: then no guess overwrites them. */
  #touched = false;

  /** Takes the address and fills in servers while the user has not. */
  setEmail(email: string): void {
    this.email = email;
    this.clear("email");
    if (this.#touched) return;
    this.use(guessServers(email));
  }

  /** Fills in the servers of a guess. */
  use(guess: Guess | undefined): void {
    this.guess = guess;
    this.imap = fields(guess?.imap, "imap");
    this.smtp = fields(guess?.smtp, "smtp");
    this.#touched = false;
  }

  /** Takes a change of a server. Another kind of encryption brings its usual port along. */
  setServer(protocol: Protocol, change: Partial<ServerFields>): void {
    this.#touched = true;
    const before = this[protocol];
    const usual = before.port === "" || Object.values(PORTS[protocol]).includes(before.port);
    const port = change.tls && usual ? { port: PORTS[protocol][change.tls] } : {};
    this[protocol] = { ...before, ...port, ...change };
    this.clear(`${protocol}Host`, `${protocol}Port`, `${protocol}Tls`);
  }

  /** Reads a certificate file. */
  async setCa(file: File): Promise<void> {
    const pem = await file.text();
    if (!pem.includes("-----BEGIN CERTIFICATE-----")) {
      this.errors = { ...this.errors, ca: t("setup.caInvalid") };
      return;
    }
    this.ca = { name: file.name, pem };
    this.clear("ca");
  }

  /** Takes away what was said about fields that are being changed. */
  clear(...fields: Field[]): void {
    const gone = new Set<string>([...fields, "form"]);
    this.errors = Object.fromEntries(Object.entries(this.errors).filter(([field]) => !gone.has(field)));
  }

  /** What is wrong with what was filled in. */
  check(): Errors {
    const errors: Errors = {};
    if (this.email.trim() === "") errors.email = t("setup.required");
    else if (!/^\S+@\S+$/.test(this.email.trim()) || !domainOf(this.email)) errors.email = t("setup.badEmail");
    if (this.password === "") errors.password = t("setup.required");
    for (const protocol of ["imap", "smtp"] as const) {
      const { host, port, tls } = this[protocol];
      // What the address fills in is not asked for before there is one.
      if (host.trim() === "" && errors.email && !this.byHand) continue;
      if (host.trim() === "") errors[`${protocol}Host`] = t("setup.required");
      else if (!validHost(host)) errors[`${protocol}Host`] = t("setup.badHost");
      else if (tls === "none" && !loopback(host)) errors[`${protocol}Tls`] = t("setup.plainRemote");
      if (!validPort(port)) errors[`${protocol}Port`] = t("setup.badPort");
    }
    return errors;
  }

  draft(): AccountDraft {
    const server = ({ host, port, tls }: ServerFields): ServerAddress => ({
      host: host.trim(),
      port: Number(port),
      tls,
    });
    const email = this.email.trim();
    return {
      name: this.name.trim(),
      email,
      imap: server(this.imap),
      smtp: server(this.smtp),
      user: this.user.trim() || email,
      ca_pem: this.ca?.pem ?? null,
    };
  }

  /** Adds the account; its servers are asked first. Gives its number once it is there. */
  async submit(): Promise<number | undefined> {
    if (this.busy) return undefined;
    this.#fail(this.check());
    if (Object.keys(this.errors).length > 0) return undefined;
    this.busy = true;
    try {
      const id = await ipc.accountAdd(this.draft(), this.password, true);
      this.password = "";
      return id;
    } catch (thrown) {
      this.#fail(this.place(faultOf(thrown)));
      return undefined;
    } finally {
      this.busy = false;
    }
  }

  #fail(errors: Errors): void {
    this.errors = errors;
    const inServers = Object.keys(errors).some((field) => /^(imap|smtp|ca)/.test(field));
    if (inServers) this.byHand = true;
  }

  /** Puts a fault beside the field that it is about. */
  place(fault: Fault): Errors {
    const text = faultText(fault);
    const protocol = this.#protocolOf(fault);
    switch (fault.code) {
      case "login-refused":
        return { password: text };
      case "account-exists":
        return { email: text };
      case "certificate-untrusted":
        return { ca: text };
      case "host-unknown":
      case "timed-out":
      case "connection-lost":
      case "server-nonsense":
        return { [`${protocol}Host`]: text };
      case "connection-refused":
        return { [`${protocol}Port`]: text };
      case "tls-unavailable":
        return { [`${protocol}Tls`]: text };
      case "server-refused":
      case "vault-unavailable":
      case "vault-key-wrong":
      case "not-found":
      case "invalid-input":
      case "too-large":
      case "over-quota":
      case "no-such-role":
      case "body-missing":
      case "profile-in-use":
      case "profile-too-new":
      case "disk-full":
      case "read-only":
      case "storage":
      case "internal":
        return { form: text };
    }
  }

  #protocolOf(fault: Fault): Protocol {
    const named = fault.params["protocol"];
    if (named === "imap" || named === "smtp") return named;
    const { server = "", port: faultPort } = fault.params;
    const is = ({ host, port }: ServerFields) =>
      server === `${host.trim()}:${port}` || (server === host.trim() && (faultPort ?? port) === port);
    return !is(this.imap) && is(this.smtp) ? "smtp" : "imap";
  }
}

function fields(server: ServerAddress | undefined, protocol: Protocol): ServerFields {
  if (!server) return { host: "", port: PORTS[protocol].implicit, tls: "implicit" };
  return { host: server.host, port: String(server.port), tls: server.tls };
}
