// Places in a list of ids.

/** The ids between two places, both included, in the list's order. */
export function between(ids: readonly number[], a: number, b: number): readonly number[] {
  if (a < 0 || b < 0) return [];
  return ids.slice(Math.min(a, b), Math.max(a, b) + 1);
}

/** Who takes the place of `id`, which `before` has and `now` may lack: the next that is left, else the one before it. */
export function after(before: readonly number[], now: readonly number[], id: number): number | undefined {
  const left = new Set(now);
  const at = before.indexOf(id);
  if (at < 0) return undefined;
  for (let n = at; n < before.length; n += 1) {
    const next = before[n];
    if (next !== undefined && left.has(next)) return next;
  }
  for (let n = at - 1; n >= 0; n -= 1) {
    const previous = before[n];
    if (previous !== undefined && left.has(previous)) return previous;
  }
  return undefined;
}
