import type { Cell, Column } from '../output/columns.ts';
import type { Context } from './context.ts';
import { printRows } from './rows.ts';

/** For eyes: a line for each thing to tell. */
const lines: readonly Column<{ name: string; value: Cell }>[] = [
  { key: 'name', summary: 'what is told', value: ({ name }) => name },
  { key: 'value', summary: 'what it is', value: ({ value }) => value },
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
