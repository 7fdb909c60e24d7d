import { isFormula } from '../../message/formula.ts';
import { cleanLines } from '../clean.ts';
import { type Cell, type Column, textOf } from '../columns.ts';

/** The first record: the keys. RFC 4180, with its line end. */
export function header<Row>(columns: readonly Column<Row>[]): string {
  return record(columns.map((column) => column.key));
}

/** A row as one record. RFC 4180, with its line end. */
export function line<Row>(columns: readonly Column<Row>[], row: Row): string {
  return record(columns.map((column) => harmless(column.value(row))));
}

/** Cells as they are, as one record: for a program to read them again. RFC 4180, with its line end. */
export function record(cells: readonly string[]): string {
  // A lone empty cell would be an empty line, which readers skip.
  const quoted = cells.length === 1 && cells[0] === '' ? ['""'] : cells.map(quote);
  return `${quoted.join(',')}\r\n`;
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A cell that a spreadsheet will not calculate and a terminal not obey. */
function harmless(cell: Cell): string {
  const text = textOf(cell);
  const cleaned = cleanLines(text);
  if (typeof cell === 'number') return cleaned;
  return isFormula(text) || isFormula(cleaned) ? `'${cleaned}` : cleaned;
}
