import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cell, Column } from '../../../src/output/columns.ts';
import renderer from '../../../src/output/formats/plain.ts';

const formatHeader = renderer.begin;
const formatRow = <Row>(columns: readonly Column<Row>[], row: Row) => renderer.row(columns, row, 0);

const columns: Column<readonly Cell[]>[] = [
  { key: 'id', summary: '', value: (row) => row[0] ?? null, show: () => 'never' },
  { key: 'text', summary: '', value: (row) => row[1] ?? null },
  { key: 'hidden', summary: '', value: () => 'x', inTable: false },
];

const plain = (rows: readonly (readonly Cell[])[]) =>
  formatHeader(columns) + rows.map((row) => formatRow(columns, row)).join('');

test.each<[Cell[][], string]>([
  [[], 'id\ttext\n'],
  [[['a', null]], 'id\ttext\na\t\n'],
  [[['a', 'x\ty\nz']], 'id\ttext\na\tx y z\n'],
  [[['a'.repeat(500), [1]]], `id\ttext\n${'a'.repeat(500)}\t[1]\n`],
])('plain(%j)', (rows, text) => {
  expect(plain(rows)).toBe(text);
});

test('prints one line per row and one tab between cells', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.string({ unit: 'binary' }), fc.string())), (rows) => {
      const lines = plain(rows).split('\n');
      expect(lines).toHaveLength(rows.length + 2);
      for (const line of lines.slice(0, -1)) expect(line.split('\t')).toHaveLength(2);
    }),
  );
});
