import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cell, Column } from '../../../src/output/columns.ts';
import { renderAll } from '../../../src/output/formats/format.ts';
import json from '../../../src/output/formats/json.ts';
import ndjson from '../../../src/output/formats/ndjson.ts';
import { stringifyJson } from '../../../src/output/json-text.ts';

const formatDocument = <Row>(columns: readonly Column<Row>[], rows: readonly Row[]) =>
  renderAll(json, columns, rows);
const formatRow = <Row>(columns: readonly Column<Row>[], row: Row) => ndjson.row(columns, row, 0);

interface Row {
  id: string;
  reason: Cell;
}
const columns: Column<Row>[] = [
  { key: 'id', summary: '', value: (row) => row.id, show: () => 'never' },
  { key: 'reason', summary: '', value: (row) => row.reason, inTable: false },
];

test('prints an array in any case', () => {
  expect(formatDocument(columns, [])).toBe('[]\n');
  expect(formatDocument(columns, [{ id: 'a', reason: null }])).toBe(
    '[\n  {\n    "id": "a",\n    "reason": null\n  }\n]\n',
  );
});

test('prints one object per line', () => {
  expect(formatRow(columns, { id: 'a', reason: ['x\ny'] })).toBe('{"id":"a","reason":["x\\ny"]}\n');
});

test.each([
  ['\u009B31m', '"\\u009b31m"'],
  ['\u007F', '"\\u007f"'],
  ['\u001B', '"\\u001b"'],
  ['\u202E', '"\\u202e"'],
  ['\uD83D', '"\\ud83d"'],
  ['è 👍', '"è 👍"'],
])('jsonText(%j)', (text, json) => {
  expect(stringifyJson(text)).toBe(json);
});

test('round-trips any row on one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (id, json) => {
      const reason = typeof json === 'object' ? json : [json];
      const text = formatRow(columns, { id, reason });
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ id, reason })));
      expect(text.slice(0, -1)).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
      expect(JSON.parse(formatDocument(columns, [{ id, reason }]))).toEqual([JSON.parse(text)]);
    }),
  );
});
