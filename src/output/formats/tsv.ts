import { formatCell } from '../columns.ts';
import type { Renderer } from './renderer.ts';

/** Cells separated by tabs, with a header. */
const tsv: Renderer = {
  rowsFor: 'final',
  begin: (columns) => `${columns.map(({ key }) => key).join('\t')}\n`,
  row: (columns, row) =>
    `${columns.map(({ value }) => formatCell(value(row)).replace(/\s/g, ' ')).join('\t')}\n`,
  end: () => '',
};

export default tsv;
