// What the in-memory core says of files: by their endings alone.
import type { Attachment, FileFacts, FileWarning, OpenRule, Preview, TextPreview } from "..";

interface Said {
  warnings: FileWarning[];
  open: OpenRule;
  preview: Preview | null;
}

const SAFE: Said = { warnings: [], open: "open", preview: null };
const ENDINGS: Record<string, Said> = {
  exe: { warnings: ["executable"], open: "never", preview: null },
  js: { warnings: ["script"], open: "never", preview: "text" },
  html: { warnings: ["web-page"], open: "ask", preview: "text" },
  docm: { warnings: ["macros"], open: "ask", preview: null },
  png: { ...SAFE, preview: "picture" },
  jpg: { ...SAFE, preview: "picture" },
  pdf: { ...SAFE, preview: "pdf" },
  txt: { ...SAFE, preview: "text" },
  csv: { ...SAFE, preview: "table" },
};

const ending = (name: string) => name.split(".").at(-1)?.toLowerCase() ?? "";

export const factsOf = (files: readonly Attachment[]): FileFacts[] =>
  files.map(({ part, name }) => ({ part, real: ending(name), ...structuredClone(ENDINGS[ending(name)] ?? SAFE) }));

export function textOf(files: readonly Attachment[], part: number): TextPreview {
  const name = files.find((file) => file.part === part)?.name ?? "";
  const table = ending(name) === "csv";
  return {
    text: table ? "" : `The text of ${name}`,
    rows: table
      ? [
          ["product", "pieces"],
          ["M12", "500"],
        ]
      : [],
    cut: false,
  };
}
