import type { Context } from '../app/context.ts';
import { type Cell, type Column, pickColumns } from '../output/columns.ts';
import { loadRenderer, renderAll } from '../output/formats/format.ts';
import { styleFor } from '../output/style.ts';

/** Whether a person looks at the output and has left its form to us. */
export function isInteractive({ settings, io }: Context): boolean {
  return settings.format === 'table' && settings.columns === undefined && io.stdout.isTTY;
}

/** Prints rows that are all there at once, in the form that was asked for. @throws Failure `columns.unknown` */
export async function printRows<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  { settings, io, out }: Context,
): Promise<void> {
  const shown = pickColumns(columns, settings.columns);
  if (settings.format === 'table' && io.stdout.isTTY) {
    const { renderTable } = await import('../output/formats/table.ts');
    return out(await renderTable(shown, rows, io.stdout, await styleFor(io.stdout)));
  }
  out(renderAll(await loadRenderer(settings.format), shown, rows));
}

/** For eyes: a line for each thing to tell. */
const lines: readonly Column<{ name: string; value: Cell }>[] = [
  { key: 'name', summary: 'name', value: ({ name }) => name },
  { key: 'value', summary: 'value', value: ({ value }) => value },
];

/** Prints the one row there is: on a terminal from top to bottom, else as a row. @throws Failure `columns.unknown` */
export async function printRecord<Row>(
  columns: readonly Column<Row>[],
  row: Row,
  context: Context,
): Promise<void> {
  const { format, columns: chosen } = context.settings;
  if (format !== 'table' || chosen !== undefined || !context.io.stdout.isTTY)
    return printRows(columns, [row], context);
  const told = columns.map(({ key, value }) => ({ name: key, value: value(row) }));
  return printRows(
    lines,
    told.filter(({ value }) => value !== null),
    context,
  );
}
