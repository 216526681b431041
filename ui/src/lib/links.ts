// Where a link of a message really leads, and what about it looks meant to deceive. The address is a stranger's word.

/** Why a reader should look twice. */
export type Doubt = "other-host" | "user" | "number" | "look-alike";

export interface Judged {
  /** The host, or the address of a `mailto:` link: what counts, in letters that nothing can pretend to be. */
  host: string;
  /** The same as its writer would have it read; differs only where letters are not Latin. */
  readable: string;
  doubts: Doubt[];
}

/** Letters of other scripts, and odd ones of our own, that pass for Latin ones. */
const ALIKE = new Set(
  [
    "асеорхуіјѕһԁԛԝӏьвкмнтпгзбԍԌѵѡ", // Cyrillic
    "αορνικτυωχηγβεμσςϲϳ", // Greek
    "օոսցզհյքԍեռլ", // Armenian
    "ıɩɑɡℓħŧŋĸʟɪɴʀʜᴏᴀᴇᴄᴋᴍᴛᴡᴢ", // Latin
  ].flatMap((letters) => Array.from(letters)),
);
const WIDE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}ー々]/gu;
const SCRIPTS = [
  /\p{Script=Latin}/u,
  /\p{Script=Cyrillic}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Cherokee}/u,
  /\p{Script=Hebrew}/u,
  /\p{Script=Arabic}/u,
];

/** Whether a label of a host passes for another. */
function looksAlike(label: string): boolean {
  const bare = label.replace(/[^\P{ASCII}a-z0-9]/giu, "").replace(WIDE, "");
  if (/^[\x20-\x7e]*$/.test(bare)) return false;
  if (SCRIPTS.filter((script) => script.test(bare)).length > 1) return true;
  // Marks over plain letters, in languages that have them, are no pretence; letters all of which have a twin are.
  return Array.from(bare).every((letter) => /[a-z0-9]/i.test(letter) || ALIKE.has(letter));
}

/** A label of `xn--…` in its own letters (RFC 3492); `undefined` if it is none. */
function unpunycoded(label: string): string | undefined {
  if (!label.startsWith("xn--")) return label;
  const input = label.slice(4);
  const cut = input.lastIndexOf("-");
  const out = Array.from(input.slice(0, Math.max(0, cut)), (letter) => letter.codePointAt(0) ?? 0);
  let [n, index, bias] = [128, 0, 72];
  for (let at = cut + 1; at < input.length;) {
    const before = index;
    for (let weight = 1, k = 36; ; k += 36) {
      const digit = "abcdefghijklmnopqrstuvwxyz0123456789".indexOf(input[at++] ?? "?");
      if (digit < 0) return undefined;
      index += digit * weight;
      const least = k <= bias ? 1 : k >= bias + 26 ? 26 : k - bias;
      if (digit < least) break;
      weight *= 36 - least;
    }
    const length = out.length + 1;
    let delta = before === 0 ? Math.floor(index / 700) : Math.floor((index - before) / 2);
    delta += Math.floor(delta / length);
    let k = 0;
    for (; delta > 455; k += 36) delta = Math.floor(delta / 35);
    bias = k + Math.floor((36 * delta) / (delta + 38));
    n += Math.floor(index / length);
    index %= length;
    if (n > 0x10ffff) return undefined;
    out.splice(index++, 0, n);
  }
  return String.fromCodePoint(...out);
}

const IPV4 = /^\d{1,3}(\.\d{1,3}){3}$/;
/** A text that is a web address or a host by itself; what it names. */
const NAMES =
  /^(?:[a-z][a-z0-9+.-]*:\/\/)?((?:[^\s/?#@:.]+\.)+[\p{L}]{2,}|\d{1,3}(?:\.\d{1,3}){3})\.?(?::\d+)?(?:[/?#]\S*)?$/iu;
const MAIL = /^(?:mailto:)?([^\s@<>]+@[^\s@<>]+\.[^\s@<>]+)$/i;
// Names of files look like hosts.
const FILES = /\.(?:pdf|docx?|xlsx?|pptx?|txt|csv|zip|md|js|py|png|jpe?g|gif|html?|exe|eml|ics)$/i;

const hostOf = (text: string): string | undefined => {
  try {
    return new URL(`https://${text}/`).hostname.replace(/\.$/, "");
  } catch {
    return undefined;
  }
};
const within = (one: string, other: string) => one === other || one.endsWith(`.${other}`);
const bare = (host: string) => host.replace(/^www\d?\./, "");

/** What the words of a link claim to lead to: a host or a mail address. */
function claimed(text: string): string | undefined {
  const words = text
    .replace(/[\u200b-\u200f\u2060-\u2069\ufeff\u00ad]/g, "")
    .trim()
    .replace(/^[<([{"'“‘«]+|[>)\]}"'”’».,;:!…]+$/gu, "");
  const mail = MAIL.exec(words)?.[1];
  if (mail !== undefined) return mail.toLowerCase();
  const host = NAMES.exec(words)?.[1];
  if (host === undefined || (FILES.test(host) && !words.includes("://"))) return undefined;
  return hostOf(host);
}

/** Judges a link by its address and its words; `undefined` where the address is none. */
export function judgeLink(address: string, text: string): Judged | undefined {
  let url: URL;
  try {
    url = new URL(address);
  } catch {
    return undefined;
  }
  const claim = claimed(text);
  if (url.protocol === "mailto:") {
    let to: string;
    try {
      to = decodeURIComponent(url.pathname).toLowerCase();
    } catch {
      to = url.pathname.toLowerCase();
    }
    const others = claim !== undefined && claim.includes("@") && !to.split(",").some((one) => one.trim() === claim);
    return { host: to, readable: to, doubts: others ? ["other-host"] : [] };
  }
  const host = url.hostname.replace(/\.$/, "");
  const labels = host.split(".");
  const readable = labels.map((label) => unpunycoded(label) ?? label);
  const doubts: Doubt[] = [];
  if (claim !== undefined) {
    const same = !claim.includes("@") && (within(host, bare(claim)) || within(claim, bare(host)));
    if (!same) doubts.push("other-host");
  }
  if (url.username !== "" || url.password !== "") doubts.push("user");
  if (IPV4.test(host) || host.startsWith("[")) doubts.push("number");
  if (
    labels.some(
      (label, at) => label.startsWith("xn--") && (readable[at] === label || looksAlike(readable[at] ?? label)),
    )
  )
    doubts.push("look-alike");
  return { host, readable: readable.join("."), doubts };
}
