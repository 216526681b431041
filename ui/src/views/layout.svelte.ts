// Which of the three layouts the window has room for.

export type Mode = "wide" | "medium" | "narrow";

export class Layout {
  #wide = $state(true);
  #narrow = $state(false);
  /** Whether the sidebar lies over the list, where it has no place of its own. */
  drawer = $state(false);

  readonly mode: Mode = $derived(this.#wide ? "wide" : this.#narrow ? "narrow" : "medium");

  /** Follows the window's width; the answer stops it. */
  start(): () => void {
    // In px, as everywhere: WebKitGTK counts the zoom twice in a media query of em.
    const wide = matchMedia("(min-width: 1180px)");
    const narrow = matchMedia("(max-width: 819.98px)");
    const read = () => {
      this.#wide = wide.matches;
      this.#narrow = narrow.matches;
      if (wide.matches) this.drawer = false;
    };
    read();
    wide.addEventListener("change", read);
    narrow.addEventListener("change", read);
    return () => {
      wide.removeEventListener("change", read);
      narrow.removeEventListener("change", read);
    };
  }
}
