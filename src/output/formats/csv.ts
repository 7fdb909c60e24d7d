import { isFormula } from '../../message/formula.ts';
import { cleanLines } from '../clean.ts';
import { type Cell, formatCell } from '../columns.ts';
import type { Renderer } from './renderer.ts';

/** RFC 4180, with a header; cells that a spreadsheet would calculate are made harmless. */
const csv: Renderer = {
  rowsFor: 'final',
  begin: (columns) => formatRecord(columns.map((column) => column.key)),
  row: (columns, row) => formatRecord(columns.map((column) => formatSafeCell(column.value(row)))),
  end: () => '',
};

export default csv;

/** Formats cells unchanged as one record, for programs to read again. RFC 4180, with its line end. */
export function formatRecord(cells: readonly string[]): string {
  // A single empty cell would be an empty line, which readers skip.
  const quoted = cells.length === 1 && cells[0] === '' ? ['""'] : cells.map(quote);
  return `${quoted.join(',')}\r\n`;
}

function quote(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** Formats a cell so that no spreadsheet evaluates it and no terminal interprets it. */
function formatSafeCell(cell: Cell): string {
  const text = formatCell(cell);
  const cleaned = cleanLines(text);
  if (typeof cell === 'number') return cleaned;
  return isFormula(text) || isFormula(cleaned) ? `'${cleaned}` : cleaned;
}
