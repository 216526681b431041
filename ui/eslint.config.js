import svelte from "eslint-plugin-svelte";
import globals from "globals";
import ts from "typescript-eslint";
import svelteConfig from "./svelte.config.js";

// views -> domains -> kit, ipc, i18n -> lib: a domain never imports another.
const DOMAINS = ["accounts", "folders", "messages", "reader", "settings"];
const not = (...folders) => ({
  patterns: [{ regex: `^\\.\\./(\\.\\./)?(${folders.join("|")})/`, message: "This floor may not import that one." }],
});
const tauri = { paths: [], patterns: [{ group: ["@tauri-apps/*"], message: "Only src/ipc imports Tauri." }] };
const merge = (...rules) => ({ patterns: rules.flatMap((rule) => rule.patterns) });

export default ts.config(
  { ignores: ["dist/", "dist-mock/", "node_modules/", "agent/", "src/ipc/bindings.ts"] },
  ts.configs.strictTypeChecked,
  svelte.configs.recommended,
  {
    languageOptions: {
      globals: globals.browser,
      parserOptions: { projectService: true, extraFileExtensions: [".svelte"], parser: ts.parser, svelteConfig },
    },
    rules: {
      "@typescript-eslint/switch-exhaustiveness-check": "error",
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true }],
      "@typescript-eslint/no-confusing-void-expression": ["error", { ignoreArrowShorthand: true }],
      "@typescript-eslint/consistent-type-imports": "error",
      // Reading a value on purpose, so that an effect runs again, is `void value`.
      "@typescript-eslint/no-meaningless-void-operator": "off",
      "@typescript-eslint/no-misused-spread": ["error", { allow: ["string"] }],
      "no-restricted-imports": ["error", tauri],
    },
  },
  {
    files: ["**/*.svelte"],
    rules: {
      "svelte/no-at-html-tags": "error",
      "svelte/no-unused-props": "error",
      // Types inside templates are svelte-check's to judge; here they are all `any`.
      "@typescript-eslint/no-unsafe-argument": "off",
      "@typescript-eslint/no-unsafe-assignment": "off",
      "@typescript-eslint/no-unsafe-call": "off",
      "@typescript-eslint/no-unsafe-member-access": "off",
      "@typescript-eslint/no-unsafe-return": "off",
      "svelte/max-lines-per-block": ["error", { script: 160, template: 160, style: 140 }],
    },
  },
  // State is replaced whole ($state.raw); the Maps and Sets in it never change.
  { files: ["**/*.svelte", "**/*.svelte.ts"], rules: { "svelte/prefer-svelte-reactivity": "off" } },
  { files: ["src/lib/**"], rules: { "no-restricted-imports": ["error", merge(tauri, not("\\w+"))] } },
  {
    files: ["src/kit/**", "src/i18n/**"],
    rules: { "no-restricted-imports": ["error", merge(tauri, not(...DOMAINS, "views", "actions", "ipc"))] },
  },
  ...DOMAINS.map((domain) => ({
    files: [`src/${domain}/**`],
    rules: {
      "no-restricted-imports": ["error", merge(tauri, not(...DOMAINS.filter((other) => other !== domain), "views"))],
    },
  })),
  { files: ["src/ipc/**"], rules: { "no-restricted-imports": "off" } },
  {
    // Tests reach across floors and poke at the DOM.
    files: ["src/**/*.test.ts", "src/test-setup.ts"],
    rules: {
      "no-restricted-imports": "off",
      "@typescript-eslint/no-non-null-assertion": "off",
      "@typescript-eslint/unbound-method": "off",
    },
  },
  { files: ["*.js"], extends: [ts.configs.disableTypeChecked] },
);
