import { clean } from '../clean.ts';
import { type Column, formatCell, textOf } from '../columns.ts';

/** The line of keys of a table for programs: tabs between cells, nothing cut and no style. */
export function header<Row>(columns: readonly Column<Row>[]): string {
  return record(formatCell(columns).map((column) => column.key));
}

/** The line of a row. */
export function line<Row>(columns: readonly Column<Row>[], row: Row): string {
  return record(formatCell(columns).map((column) => clean(textOf(column.value(row)))));
}

function record(cells: readonly string[]): string {
  return `${cells.join('\t')}\n`;
}
