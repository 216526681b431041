// Where the files of pdf.js are: character maps and fonts that PDFs, above all Chinese, Japanese and Korean ones, name but do
// not carry.
const files = {
  ...import.meta.glob<string>("/node_modules/pdfjs-dist/cmaps/*.bcmap", {
    query: "?url",
    import: "default",
    eager: true,
  }),
  ...import.meta.glob<string>("/node_modules/pdfjs-dist/standard_fonts/*.{pfb,ttf}", {
    query: "?url",
    import: "default",
    eager: true,
  }),
};
const byName = new Map(Object.entries(files).map(([path, url]) => [path.split("/").at(-1), url]));

/** The address of a file by its name; nothing for a name that is none of ours. */
export const bundled = (name: string): string | undefined => byName.get(name);
