import { expect, test } from 'vitest';
import {
  type Cell,
  type Column,
  formatCell,
  pickColumns,
  selectTableColumns,
} from '../../src/output/columns.ts';

const columns: Column<{ n: number }>[] = [
  { key: 'id', summary: 'the id', value: (row) => row.n },
  { key: 'status', summary: 'where it stands', value: () => 'sent' },
  { key: 'encoding', summary: 'how it is coded', value: () => null, inTable: false },
];

test.each([
  [undefined, ['id', 'status', 'encoding'], ['id', 'status']],
  [
    ['encoding', 'id'],
    ['encoding', 'id'],
    ['encoding', 'id'],
  ],
  [['id', 'id'], ['id'], ['id']],
])('picks %j', (keys, all, table) => {
  const picked = pickColumns(columns, keys);
  expect(picked.map((column) => column.key)).toEqual(all);
  expect(selectTableColumns(picked).map((column) => column.key)).toEqual(table);
});

test.each([
  ['stauts', 'did you mean status?'],
  ['Status', 'did you mean status?'],
  ['', 'available columns: id, status, encoding'],
  ['constructor', 'available columns: id, status, encoding'],
])('reports the unknown column %j', (key, hint) => {
  expect(() => pickColumns(columns, ['id', key])).toThrow(
    expect.objectContaining({ kind: 'usage', code: 'columns.unknown', hint }),
  );
});

test.each<[Cell, string]>([
  [null, ''],
  ['', ''],
  ['a', 'a'],
  [0, '0'],
  [false, 'false'],
  [[], '[]'],
  [[{ a: 1 }], '[{"a":1}]'],
  [{ a: null }, '{"a":null}'],
])('formats %j as %j', (cell, text) => {
  expect(formatCell(cell)).toBe(text);
});
