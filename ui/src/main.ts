// Locale, theme, then the app. In the mock a fake core takes the real one's place.
import { mount } from "svelte";
import "./style/tokens.css";
import "./style/base.css";
import App from "./App.svelte";
import { useBackend } from "./ipc";
import { settings } from "./settings/settings.svelte";

if (import.meta.env.MODE === "mock") {
  const { mockFromHash } = await import("./ipc/fake/mock");
  useBackend(mockFromHash(location.hash));
}
// The core says it again; the fonts depend on it, and nothing is to be drawn twice.
if (/linux/i.test(navigator.platform)) document.documentElement.dataset["os"] = "linux";
settings.start();
const target = document.getElementById("app");
if (target) mount(App, { target });
