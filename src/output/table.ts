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

  const table = new Table({
    chars: { ...noLines, middle: ' '.repeat(gap) },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths: widths,
    colAligns: shown.map((column) => column.align ?? 'left'),
  });
  // The table measures by an old list of wide characters. It is handed stand-ins of the right width, and
  // these are exchanged once it has laid them out.
  const cells: string[] = [];
  const standIn = (cell: string, index: number): string => {
    const cut = shorten(cell, widths[index] ?? 1, style.symbols.more);
    const width = widthOf(cut);
    if (width > 0) cells.push(cut);
    return 'x'.repeat(width);
  };
  for (const line of [head, ...body]) table.push(line.map(standIn));
  let next = 0;
  const lines = table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd().replace(/x+/g, () => cells[next++] ?? ''));
  return lines
    .map((line, index) => `${shorten(index === 0 ? style.bold(line) : line, room, style.symbols.more)}\n`)
    .join('');
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
