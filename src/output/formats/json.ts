import { type Column, rowObject } from '../columns.ts';
import { stringifyJson } from '../json-text.ts';
import type { Renderer } from './renderer.ts';

/** One JSON array, indented, always whole: `end` closes it after a failure too. */
const json: Renderer = {
  rowsFor: 'final',
  begin: () => '[',
  row: (columns, row, index) => `${index === 0 ? '' : ','}\n${element(columns, row)}`,
  end: (count) => (count === 0 ? ']\n' : '\n]\n'),
};

export default json;

function element<Row>(columns: readonly Column<Row>[], row: Row): string {
  return stringifyJson(rowObject(columns, row), 2).replace(/^/gm, '  ');
}
