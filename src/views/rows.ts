import type { Context } from '../app/context.ts';
import { type Cell, type Column, pickColumns } from '../output/columns.ts';
import { loadRenderer, renderAll } from '../output/formats/format.ts';
import { styleFor } from '../output/style.ts';

/** Returns true if output goes to a terminal as a table with the default columns. */
export function isInteractive({ settings, io }: Context): boolean {
  return settings.format === 'table' && settings.columns === undefined && io.stdout.isTTY;
}

/** Prints rows in the chosen format. @throws Failure `columns.unknown` */
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

/** Columns of a record on a terminal: one line per field. */
const recordColumns: readonly Column<{ name: string; value: Cell }>[] = [
  { key: 'name', summary: 'name', value: ({ name }) => name },
  { key: 'value', summary: 'value', value: ({ value }) => value },
];

/** Prints a single row: on a terminal one field per line, else as a row. @throws Failure `columns.unknown` */
export async function printRecord<Row>(
  columns: readonly Column<Row>[],
  row: Row,
  context: Context,
): Promise<void> {
  const { format, columns: chosen } = context.settings;
  if (format !== 'table' || chosen !== undefined || !context.io.stdout.isTTY)
    return printRows(columns, [row], context);
  const fields = columns.map(({ key, value }) => ({ name: key, value: value(row) }));
  return printRows(
    recordColumns,
    fields.filter(({ value }) => value !== null),
    context,
  );
}
