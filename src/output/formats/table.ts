import { clean, cleanStyled } from '../clean.ts';
import { type Column, formatCell, selectTableColumns } from '../columns.ts';
import type { Stream } from '../io.ts';
import type { Style } from '../style.ts';

/** Border characters: none, since spaces and a bold header are enough to tell columns apart. */
const noLines = Object.fromEntries(
  ['top', 'bottom', 'left', 'right', 'mid']
    .flatMap((side) => [side, `${side}-mid`, `${side}-left`, `${side}-right`])
    .map((name) => [name, '']),
);

/**
 * Renders rows as a table, each on one line of the terminal and ended by a newline. Text that does not fit is cut and
 * marked; text from outside is cleaned.
 */
export async function renderTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  stream: Stream,
  style: Style,
): Promise<string> {
  const [{ default: Table }, { shorten, measureWidth }] = await Promise.all([
    import('cli-table3'),
    import('../width.ts'),
  ]);
  const tableColumns = selectTableColumns(columns);
  const head = tableColumns.map((column) => column.key);
  const body = rows.map((row) => tableColumns.map((column) => renderCell(column, row, stream.color, style)));
  const wanted = head.map((key, index) =>
    body.reduce((max, cells) => Math.max(max, measureWidth(cells[index] ?? '')), key.length),
  );
  const room = stream.columns;
  const widths = fitColumns(wanted, room, findIdColumns(head));

  const options = {
    chars: { ...noLines, middle: ' '.repeat(columnGap) },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths: widths,
    colAligns: tableColumns.map((column) => column.align ?? 'left'),
  };
  const more = style.symbols.more;
  const lines = splitIntoSheets([head, ...body]).flatMap((cellsOfSheet) => {
    const table = new Table(options);
    const cut = cellsOfSheet.map((cells) =>
      cells.map((cell, index) => shorten(cell, widths[index] ?? 1, more)),
    );
    for (const cells of cut) table.push(cells.map((cell) => 'x'.repeat(measureWidth(cell))));
    const visible = cut.flat().filter((cell) => measureWidth(cell) > 0);
    return replaceStandIns(table.toString(), visible);
  });
  return lines
    .map((line, index) => `${shorten(index === 0 ? style.bold(line) : line, room, more)}\n`)
    .join('');
}

/** Lines laid out at once: the time grows with the square of their number. */
const linesPerSheet = 50;

function splitIntoSheets<T>(lines: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(lines.length / linesPerSheet) }, (_, index) =>
    lines.slice(index * linesPerSheet, (index + 1) * linesPerSheet),
  );
}

/**
 * Replaces stand-ins, runs of `x` as wide as the cells, in a drawn table with the cells. The library measures cells
 * by an outdated list of wide characters, which would misalign columns.
 */
function replaceStandIns(drawn: string, cells: readonly string[]): string[] {
  let next = 0;
  return drawn.split('\n').map((line) => line.trimEnd().replace(/x+/g, () => cells[next++] ?? ''));
}

function renderCell<Row>(column: Column<Row>, row: Row, color: boolean, style: Style): string {
  if (column.show === undefined) return clean(formatCell(column.value(row)));
  const text = column.show(row, style);
  // Without color of our own, all color comes from outside.
  return color ? cleanStyled(text) : clean(text);
}

/** Returns the indices of the columns with ids, by their keys. */
function findIdColumns(keys: readonly string[]): Set<number> {
  return new Set(keys.flatMap((key, index) => (/^id$|Id$|^bulk$/.test(key) ? [index] : [])));
}

/** Cells between two columns. */
export const columnGap = 2;

/** Width in cells below which a column is not legible. */
const minLegibleWidth = 6;

/**
 * Returns widths of columns that fit into a line, given the widths they need. The widest column shrinks first, down to
 * the legible minimum; columns in `keep` (ids, which are copied) shrink after all others; if that is not enough, all
 * shrink to one cell. The caller cuts what still does not fit.
 */
export function fitColumns(wanted: readonly number[], room: number, keep: ReadonlySet<number>): number[] {
  const widths = wanted.map((width) => Math.max(Math.min(width, room), 1));
  const indices = [...widths.keys()];
  const total = room - columnGap * (widths.length - 1);
  squeeze(
    widths,
    indices.filter((index) => !keep.has(index)),
    minLegibleWidth,
    total,
  );
  squeeze(widths, indices, minLegibleWidth, total);
  squeeze(widths, indices, 1, total);
  return widths;
}

/** Shrinks the widest of `indices` by one cell at a time until the widths sum up to `total` or all are at `floor`. */
function squeeze(widths: number[], indices: readonly number[], floor: number, total: number): void {
  let excess = widths.reduce((sum, width) => sum + width, 0) - total;
  while (excess > 0) {
    const widest = indices.reduce(
      (max, index) => (at(widths, index) >= at(widths, max) ? index : max),
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
