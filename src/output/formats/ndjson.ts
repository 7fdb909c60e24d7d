import { rowObject } from '../columns.ts';
import { stringifyJson } from '../json-text.ts';
import type { Renderer } from './renderer.ts';

/** JSON Lines: one object on each line. */
const ndjson: Renderer = {
  rowsFor: 'change',
  begin: () => '',
  row: (columns, row) => `${stringifyJson(rowObject(columns, row))}\n`,
  end: () => '',
};

export default ndjson;
