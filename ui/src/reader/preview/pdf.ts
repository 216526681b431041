// pdf.js, loaded when the first PDF is shown. It runs in the app's own page, whose policy allows no script but the app's
// and no network; forms that run scripts are off, and nothing of it is ever evaluated.
import workerUrl from "pdfjs-dist/legacy/build/pdf.worker.min.mjs?url";
import type { PDFDocumentProxy } from "pdfjs-dist";

interface Wanted {
  kind: string;
  filename: string;
}

/** Gives pdf.js the files of its own that it asks for; by name, never by an address from a document. */
class Bundled {
  async fetch({ filename }: Wanted): Promise<Uint8Array> {
    const { bundled } = await import("./bundled");
    const url = bundled(filename);
    if (url === undefined) throw new Error(`not bundled: ${filename}`);
    const answer = await fetch(url);
    return new Uint8Array(await answer.arrayBuffer());
  }
}

/** More pages are not drawn. */
export const MOST_PAGES = 500;

export interface Loaded {
  document: PDFDocumentProxy;
  close: () => void;
}

/** Whether what was thrown says that the file wants a password. */
export const isLocked = (thrown: unknown) => thrown instanceof Error && thrown.name === "PasswordException";

/** Reads a PDF from its bytes. */
export async function load(data: ArrayBuffer): Promise<Loaded> {
  const pdf = await import("pdfjs-dist/legacy/build/pdf.mjs");
  pdf.GlobalWorkerOptions.workerSrc = workerUrl;
  const task = pdf.getDocument({
    data,
    isEvalSupported: false,
    enableXfa: false,
    // WebAssembly would want a wider policy.
    useWasm: false,
    useWorkerFetch: false,
    stopAtErrors: false,
    maxImageSize: 60_000_000,
    canvasMaxAreaInBytes: 64_000_000,
    cMapUrl: "cmaps/",
    cMapPacked: true,
    standardFontDataUrl: "fonts/",
    BinaryDataFactory: Bundled,
    verbosity: pdf.VerbosityLevel.ERRORS,
  });
  return { document: await task.promise, close: () => void task.destroy() };
}
