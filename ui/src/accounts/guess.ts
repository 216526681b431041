// A first guess of an account's servers from its address, until discovery asks the network.
import type { ServerAddress } from "../ipc";

/** What a provider wants in place of the password that one knows. */
export type Login = "password" | "app-password" | "oauth";

export interface Guess {
  /** The provider's name, where it is known. */
  provider: string | undefined;
  imap: ServerAddress;
  smtp: ServerAddress;
  login: Login;
}

const tls = (host: string, port: number): ServerAddress => ({ host, port, tls: "implicit" });
const starttls = (host: string, port = 587): ServerAddress => ({ host, port, tls: "starttls" });

interface Provider {
  name: string;
  imap: string;
  smtp: ServerAddress;
  login: Login;
}
const provider = (name: string, imap: string, smtp: ServerAddress, login: Login): Provider => ({
  name,
  imap,
  smtp,
  login,
});

const EXMAIL = provider(
  "Tencent Exmail 腾讯企业邮",
  "imap.exmail.qq.com",
  tls("smtp.exmail.qq.com", 465),
  "app-password",
);
const ALIYUN = provider(
  "Alibaba Mail 阿里邮箱",
  "imap.qiye.aliyun.com",
  tls("smtp.qiye.aliyun.com", 465),
  "app-password",
);
const NETEASE = provider("NetEase 网易企业邮箱", "imap.qiye.163.com", tls("smtp.qiye.163.com", 465), "app-password");
const OFFICE = provider("Microsoft 365", "outlook.office365.com", starttls("smtp.office365.com"), "oauth");
const OUTLOOK = provider("Outlook.com", "outlook.office365.com", starttls("smtp-mail.outlook.com"), "oauth");
const GMAIL = provider("Gmail", "imap.gmail.com", tls("smtp.gmail.com", 465), "app-password");
const ICLOUD = provider("iCloud", "imap.mail.me.com", starttls("smtp.mail.me.com"), "app-password");
const QQ = provider("QQ 邮箱", "imap.qq.com", tls("smtp.qq.com", 465), "app-password");
const N163 = provider("网易 163 邮箱", "imap.163.com", tls("smtp.163.com", 465), "app-password");
const N126 = provider("网易 126 邮箱", "imap.126.com", tls("smtp.126.com", 465), "app-password");
const YAHOO = provider("Yahoo", "imap.mail.yahoo.com", tls("smtp.mail.yahoo.com", 465), "app-password");
const FASTMAIL = provider("Fastmail", "imap.fastmail.com", tls("smtp.fastmail.com", 465), "app-password");

const BY_DOMAIN = new Map<string, Provider>([
  ["exmail.qq.com", EXMAIL],
  ["qiye.aliyun.com", ALIYUN],
  ["aliyun.com", provider("阿里云邮箱", "imap.aliyun.com", tls("smtp.aliyun.com", 465), "password")],
  ["qiye.163.com", NETEASE],
  ["163.com", N163],
  ["126.com", N126],
  ["qq.com", QQ],
  ["foxmail.com", QQ],
  ["gmail.com", GMAIL],
  ["googlemail.com", GMAIL],
  ["outlook.com", OUTLOOK],
  ["hotmail.com", OUTLOOK],
  ["live.com", OUTLOOK],
  ["msn.com", OUTLOOK],
  ["icloud.com", ICLOUD],
  ["me.com", ICLOUD],
  ["mac.com", ICLOUD],
  ["yahoo.com", YAHOO],
  ["fastmail.com", FASTMAIL],
]);

/** Providers that keep companies' own domains, for the user to pick from. */
export const BUSINESS: readonly Provider[] = [EXMAIL, ALIYUN, NETEASE, OFFICE, GMAIL];

/** The servers of a provider that the user picked. */
export const guessOf = (known: Provider): Guess => ({
  provider: known.name,
  imap: tls(known.imap, 993),
  smtp: known.smtp,
  login: known.login,
});

/** The domain of an address, or nothing while there is none. */
export function domainOf(email: string): string | undefined {
  const domain = /@([^@\s]+)$/.exec(email.trim())?.[1]?.toLowerCase().replace(/\.$/, "");
  return domain && /^[\p{L}\p{N}][\p{L}\p{N}.-]*$/u.test(domain) ? domain : undefined;
}

/** The best guess for an address. */
export function guessServers(email: string): Guess | undefined {
  const domain = domainOf(email);
  if (domain === undefined) return undefined;
  const known = BY_DOMAIN.get(domain) ?? (domain.endsWith(".onmicrosoft.com") ? OFFICE : undefined);
  if (known) return guessOf(known);
  return { provider: undefined, imap: tls(`imap.${domain}`, 993), smtp: tls(`smtp.${domain}`, 465), login: "password" };
}
