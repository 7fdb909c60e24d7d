/** Cells between two columns. */
export const gap = 2;

/** Below this many cells a column tells nothing any more. */
const legible = 6;

/**
 * Widths of columns that fit into a line together, from the widths they would like to have. The widest gives way
 * first, down to what is legible; those in `keep` (ids, which are for copying) give way after all others; if that
 * is not enough, all shrink to one cell. Of what even then does not fit, the caller cuts the end.
 */
export function fitted(wanted: readonly number[], room: number, keep: ReadonlySet<number>): number[] {
  const widths = wanted.map((width) => Math.max(Math.min(width, room), 1));
  const indices = [...widths.keys()];
  const total = room - gap * (widths.length - 1);
  squeeze(
    widths,
    indices.filter((index) => !keep.has(index)),
    legible,
    total,
  );
  squeeze(widths, indices, legible, total);
  squeeze(widths, indices, 1, total);
  return widths;
}

/** Takes cells off the widest of `indices`, one by one, until all widths sum up to `total` or none is above `floor`. */
function squeeze(widths: number[], indices: readonly number[], floor: number, total: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) - total;
  while (excess > 0) {
    const widest = indices.reduce(
      (most, index) => (at(widths, index) >= at(widths, most) ? index : most),
      indices[0] ?? 0,
    );
    if (indices.length === 0 || at(widths, widest) <= floor) return;
    widths[widest] = at(widths, widest) - 1;
    excess--;
  }
}

function at(widths: readonly number[], index: number): number {
  return widths[index] ?? 0;
}
