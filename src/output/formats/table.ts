import { clean, cleanStyled } from '../clean.ts';
import { type Column, formatCell, textOf } from '../columns.ts';
import type { Stream } from '../io.ts';
import type { Style } from '../style.ts';

/** Nothing is drawn: space and a bold head are enough to read columns by. */
const noLines = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .map((name) => [name, '']),
);

/**
 * Rows as a table for a person, each on one line of the terminal and ended by a newline. What does not fit is cut
 * and marked; what came from outside is made harmless.
 */
export async function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  stream: Stream,
  style: Style,
): Promise<string> {
  const [{ default: Table }, { shorten, widthOf }] = await Promise.all([
    import('cli-table3'),
    import('../width.ts'),
  ]);
  const shown = formatCell(columns);
  const head = shown.map((column) => column.key);
  const body = rows.map((row) => shown.map((column) => cellOf(column, row, stream.colour, style)));
  const wanted = head.map((key, index) =>
    body.reduce((most, cells) => Math.max(most, widthOf(cells[index] ?? '')), key.length),
  );
  const room = stream.columns;
  const widths = fitColumns(wanted, room, idsIn(head));

  const options = {
    chars: { ...noLines, middle: ' '.repeat(gap) },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths: widths,
    colAligns: shown.map((column) => column.align ?? 'left'),
  };
  const more = style.symbols.more;
  const lines = inSheets([head, ...body]).flatMap((sheet) => {
    const table = new Table(options);
    const cut = sheet.map((cells) => cells.map((cell, index) => shorten(cell, widths[index] ?? 1, more)));
    for (const cells of cut) table.push(cells.map((cell) => 'x'.repeat(widthOf(cell))));
    const visible = cut.flat().filter((cell) => widthOf(cell) > 0);
    return exchanged(table.toString(), visible);
  });
  return lines
    .map((line, index) => `${shorten(index === 0 ? style.bold(line) : line, room, more)}\n`)
    .join('');
}

/** So many lines are laid out at once: the time it takes grows with their square. */
const sheet = 50;

function inSheets<T>(lines: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(lines.length / sheet) }, (_, index) =>
    lines.slice(index * sheet, (index + 1) * sheet),
  );
}

/**
 * The lines of a table that was laid out with stand-ins, runs of `x` as wide as the cells, with the cells in their
 * places. The table itself measures by an old list of wide characters, which would set columns askew.
 */
function exchanged(drawn: string, cells: readonly string[]): string[] {
  let next = 0;
  return drawn.split('\n').map((line) => line.trimEnd().replace(/x+/g, () => cells[next++] ?? ''));
}

function cellOf<Row>(column: Column<Row>, row: Row, colour: boolean, style: Style): string {
  if (column.show === undefined) return clean(textOf(column.value(row)));
  const text = column.show(row, style);
  // Where nothing of ours is coloured, whatever colour there is came from outside.
  return colour ? cleanStyled(text) : clean(text);
}

/** The columns with ids, by their keys. */
function idsIn(keys: readonly string[]): Set<number> {
  return new Set(keys.flatMap((key, index) => (/^id$|Id$|^bulk$/.test(key) ? [index] : [])));
}

/** Cells between two columns. */
export const gap = 2;

/** Below this many cells a column tells nothing any more. */
const legible = 6;

/**
 * Widths of columns that fit into a line together, from the widths they would like to have. The widest gives way
 * first, down to what is legible; those in `keep` (ids, which are for copying) give way after all others; if that
 * is not enough, all shrink to one cell. Of what even then does not fit, the caller cuts the end.
 */
export function fitColumns(wanted: readonly number[], room: number, keep: ReadonlySet<number>): number[] {
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
