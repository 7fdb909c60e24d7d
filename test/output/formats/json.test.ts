import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cell, Column } from '../../../src/output/columns.ts';
import { document, jsonText, line } from '../../../src/output/formats/json.ts';

interface Row {
  id: string;
  reason: Cell;
}
const columns: Column<Row>[] = [
  { key: 'id', summary: '', value: (row) => row.id, show: () => 'never' },
  { key: 'reason', summary: '', value: (row) => row.reason, inTable: false },
];

test('a document is always an array', () => {
  expect(document(columns, [])).toBe('[]\n');
  expect(document(columns, [{ id: 'a', reason: null }])).toBe(
    '[\n  {\n    "id": "a",\n    "reason": null\n  }\n]\n',
  );
});

test('a line is one object', () => {
  expect(line(columns, { id: 'a', reason: ['x\ny'] })).toBe('{"id":"a","reason":["x\\ny"]}\n');
});

test.each([
  ['\u009B31m', '"\\u009b31m"'],
  ['\u007F', '"\\u007f"'],
  ['\u001B', '"\\u001b"'],
  ['\u202E', '"\\u202e"'],
  ['\uD83D', '"\\ud83d"'],
  ['è 👍', '"è 👍"'],
])('jsonText(%j)', (text, json) => {
  expect(jsonText(text)).toBe(json);
});

test('nothing is lost, and a line is a line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.jsonValue(), (id, json) => {
      const reason = typeof json === 'object' ? json : [json];
      const text = line(columns, { id, reason });
      expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ id, reason })));
      expect(text.slice(0, -1)).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
      expect(JSON.parse(document(columns, [{ id, reason }]))).toEqual([JSON.parse(text)]);
    }),
  );
});
