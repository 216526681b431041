// Holds the list still: what is on top of the view stays there when rows come or go above it.
import { rowAt, rowTop } from "../lib/rows";
import type { Geometry } from "../lib/rows";

export class Anchor {
  #id: number | undefined;
  #offset = 0;
  #top = 0;

  /** Takes note of the row on top of the view. */
  remember(ids: readonly number[], geometry: Geometry, top: number): void {
    const place = rowAt(geometry, top);
    this.#id = ids[place];
    this.#offset = top - rowTop(geometry, place);
    this.#top = top;
  }

  /** Where to scroll so that the row is where it was; `undefined` where nothing moved or the view is at its top. */
  moved(ids: readonly number[], geometry: Geometry, atTop: boolean): number | undefined {
    if (this.#id === undefined || atTop) return undefined;
    const place = ids.indexOf(this.#id);
    if (place < 0) return undefined;
    const top = rowTop(geometry, place) + this.#offset;
    if (Math.abs(top - this.#top) < 1) return undefined;
    this.#top = top;
    return top;
  }
}
