// The page of a message's frame in the mock: what the core serves by `mail:` in the real app, with the real agent.
import agent from "../../../agent/agent.js?raw";

const escape = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");

export function bodyPage(body: string, kind: "html" | "text" | "source"): string {
  const css = getComputedStyle(document.documentElement);
  const value = (name: string) => css.getPropertyValue(name).trim();
  const inner = kind === "html" ? body : `<pre class="${kind}">${escape(body)}</pre>`;
  return (
    `<!doctype html><html lang="${document.documentElement.lang}" style="color-scheme:${value("color-scheme") || "light"}"><meta charset="utf-8"><script>${agent}</scr` +
    `ipt><style>
    body{margin:0;max-width:45rem;color:${value("--text")};background:${value("--bg-reader")};font:15px/1.625 ${value("--latin")},${value("--hans")},sans-serif;overflow-wrap:anywhere}
    p{margin:0 0 .75rem} a{color:${value("--accent-text")}} pre{margin:0;font:inherit;white-space:pre-wrap} pre.source{font:12px/1.5 ${value("--mono")}}
  </style><body><div class="mail">${inner}</div></body></html>`
  );
}
