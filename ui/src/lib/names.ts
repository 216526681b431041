// People's and files' names: what is shown of them, and where they may be cut.

interface Named {
  name: string;
  email: string;
}

/** The name, else the address. */
export const label = (address: Named | undefined) => address?.name.trim() || address?.email.trim() || "";

const graphemes = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/** The letter of an avatar: the first that is a letter, a digit or an ideograph. */
export function initial(text: string): string {
  for (const { segment } of graphemes.segment(text)) {
    if (/[\p{L}\p{N}]/u.test(segment)) return segment.toLocaleUpperCase();
  }
  return "?";
}

/** One of the eight people's colours (1 to 8), the same for the same address whatever its case. */
export function colour(email: string): number {
  let hash = 0x811c9dc5;
  for (const c of email.trim().toLowerCase()) {
    hash = Math.imul(hash ^ (c.codePointAt(0) ?? 0), 0x01000193) >>> 0;
  }
  return (hash % 8) + 1;
}

/** A file's name in two halves: the first may be cut at its end, the second (three letters and the suffix) is always whole. */
export function cutFileName(name: string): [string, string] {
  const dot = name.lastIndexOf(".");
  const suffix = dot > 0 && name.length - dot <= 6 ? dot : name.length;
  const letters = [...name.slice(0, suffix)];
  const keep = letters.length > 8 ? 2 : 0;
  const head = letters.slice(0, letters.length - keep).join("");
  return [head, letters.slice(letters.length - keep).join("") + name.slice(suffix)];
}

/** An address in two halves: what stands before the @ may be cut, the domain is always whole. */
export function cutAddress(email: string): [string, string] {
  const at = email.lastIndexOf("@");
  return at < 0 ? [email, ""] : [email.slice(0, at), email.slice(at)];
}

const KINDS: Record<string, { label: string; colour: number }> = {
  pdf: { label: "PDF", colour: 1 },
  doc: { label: "DOC", colour: 6 },
  docx: { label: "DOC", colour: 6 },
  docm: { label: "DOC", colour: 6 },
  odt: { label: "ODT", colour: 6 },
  rtf: { label: "RTF", colour: 6 },
  wps: { label: "WPS", colour: 6 },
  xls: { label: "XLS", colour: 4 },
  xlsx: { label: "XLS", colour: 4 },
  xlsm: { label: "XLS", colour: 4 },
  ods: { label: "ODS", colour: 4 },
  csv: { label: "CSV", colour: 4 },
  et: { label: "ET", colour: 4 },
  ppt: { label: "PPT", colour: 2 },
  pptx: { label: "PPT", colour: 2 },
  pptm: { label: "PPT", colour: 2 },
  odp: { label: "ODP", colour: 2 },
  zip: { label: "ZIP", colour: 3 },
  rar: { label: "RAR", colour: 3 },
  "7z": { label: "7Z", colour: 3 },
  gz: { label: "GZ", colour: 3 },
  png: { label: "PNG", colour: 7 },
  jpg: { label: "JPG", colour: 7 },
  jpeg: { label: "JPG", colour: 7 },
  gif: { label: "GIF", colour: 7 },
  webp: { label: "IMG", colour: 7 },
  heic: { label: "IMG", colour: 7 },
  ics: { label: "CAL", colour: 5 },
  eml: { label: "EML", colour: 8 },
  html: { label: "HTM", colour: 8 },
  txt: { label: "TXT", colour: 5 },
  dwg: { label: "DWG", colour: 8 },
  mp4: { label: "MP4", colour: 8 },
};

const suffixOf = (name: string) => /\.([^.]{1,16})$/.exec(name)?.[1]?.toLowerCase() ?? "";

/** The word and colour of a file's badge. */
export function fileKind(name: string): { label: string; colour: number } {
  const suffix = suffixOf(name);
  return KINDS[suffix] ?? { label: /^[a-z0-9]{1,3}$/.test(suffix) ? suffix.toUpperCase() : "···", colour: 5 };
}
