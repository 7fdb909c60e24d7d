import { clean } from '../clean.ts';
import { formatCell, selectTableColumns } from '../columns.ts';
import type { Renderer } from './renderer.ts';

/** A table for a pipe: a header, tabs between cells, nothing cut and no color. */
const plain: Renderer = {
  rowsFor: 'final',
  begin: (columns) => joinCells(selectTableColumns(columns).map((column) => column.key)),
  row: (columns, row) =>
    joinCells(selectTableColumns(columns).map((column) => clean(formatCell(column.value(row))))),
  end: () => '',
};

export default plain;

function joinCells(cells: readonly string[]): string {
  return `${cells.join('\t')}\n`;
}
