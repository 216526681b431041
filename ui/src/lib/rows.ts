// Where the rows of a list stand: rows of one height with a heading before each group. Plain arithmetic, so that a
// list of 100,000 messages scrolls anywhere without measuring.

export interface Geometry {
  /** How many rows. */
  count: number;
  /** A row's height, px. */
  row: number;
  /** A heading's height, px. */
  heading: number;
  /** The first row of each group, rising; the first group starts at 0. */
  starts: readonly number[];
}

/** How many of the groups start at or before row `index`. */
function headingsBefore(starts: readonly number[], index: number): number {
  let low = 0;
  let high = starts.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= index) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The top of a row, px from the top of the list; a group's heading stands above it. */
export const rowTop = (g: Geometry, index: number) => index * g.row + headingsBefore(g.starts, index) * g.heading;

/** The height of all rows and headings. */
export const totalHeight = (g: Geometry) => g.count * g.row + g.starts.length * g.heading;

/** The row at a height; the row after it where a heading is. */
export function rowAt(g: Geometry, y: number): number {
  let low = 0;
  let high = g.count - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rowTop(g, middle) + g.row > y) high = middle;
    else low = middle + 1;
  }
  return Math.max(0, low);
}

/** The rows to draw for a view of `height` at `top`, with some to spare on both sides: [first, after the last]. */
export function rowRange(g: Geometry, top: number, height: number, spare = 6): [number, number] {
  if (g.count === 0) return [0, 0];
  const first = Math.max(0, rowAt(g, top) - spare);
  const end = Math.min(g.count, rowAt(g, top + height) + 1 + spare);
  return [first, end];
}

/** Where to scroll so that a row is whole in the view; `undefined` where it is already. */
export function scrollFor(g: Geometry, index: number, top: number, height: number): number | undefined {
  const start = rowTop(g, index);
  // The first row of a group is shown with its heading.
  const above = g.starts.includes(index) ? start - g.heading : start;
  if (above < top) return above;
  if (start + g.row > top + height) return start + g.row - height;
  return undefined;
}
