import { clean, cleanStyled } from './clean.ts';
import { type Column, tabled, textOf } from './columns.ts';
import type { Stream } from './io.ts';
import { fitted, gap } from './layout.ts';
import type { Style } from './style.ts';

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
    import('./width.ts'),
  ]);
  const shown = tabled(columns);
  const head = shown.map((column) => column.key);
  const body = rows.map((row) => shown.map((column) => cellOf(column, row, stream.colour, style)));
  const wanted = head.map((key, index) =>
    body.reduce((most, cells) => Math.max(most, widthOf(cells[index] ?? '')), key.length),
  );
  const room = stream.columns;
  const widths = fitted(wanted, room, idsIn(head));

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
