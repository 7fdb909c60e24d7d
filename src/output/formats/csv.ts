import { isFormula } from '../../message/formula.ts';
import { cleanLines } from '../clean.ts';
import { type Cell, textOf } from '../columns.ts';
import type { Renderer } from './format.ts';

/** RFC 4180, with a header; cells that a spreadsheet would calculate are made harmless. */
const csv: Renderer = {
  rowsFor: 'final',
  begin: (columns) => record(columns.map((column) => column.key)),
  row: (columns, row) => record(columns.map((column) => harmless(column.value(row)))),
  end: () => '',
};

export default csv;

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
