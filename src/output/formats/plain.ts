import { clean } from '../clean.ts';
import { formatCell, textOf } from '../columns.ts';
import type { Renderer } from './format.ts';

/** A table for a pipe: a header, tabs between cells, nothing cut and no colour. */
const plain: Renderer = {
  rowsFor: 'final',
  begin: (columns) => record(formatCell(columns).map((column) => column.key)),
  row: (columns, row) => record(formatCell(columns).map((column) => clean(textOf(column.value(row))))),
  end: () => '',
};

export default plain;

function record(cells: readonly string[]): string {
  return `${cells.join('\t')}\n`;
}
