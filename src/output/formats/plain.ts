import { clean } from '../clean.ts';
import { type Column, formatCell, selectTableColumns } from '../columns.ts';

/** Formats the header line for programs: cells separated by tabs, not cut and not styled. */
export function formatHeader<Row>(columns: readonly Column<Row>[]): string {
  return joinCells(selectTableColumns(columns).map((column) => column.key));
}

/** Formats the line of a row. */
export function formatRow<Row>(columns: readonly Column<Row>[], row: Row): string {
  return joinCells(selectTableColumns(columns).map((column) => clean(formatCell(column.value(row)))));
}

function joinCells(cells: readonly string[]): string {
  return `${cells.join('\t')}\n`;
}
