import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Cell, Column } from '../../../src/output/columns.ts';
import csv from '../../../src/output/formats/csv.ts';

const formatHeader = csv.begin;
const formatRow = <Row>(columns: readonly Column<Row>[], row: Row) => csv.row(columns, row, 0);

const createColumns = (count: number): Column<readonly Cell[]>[] =>
  Array.from({ length: count }, (_, index) => ({
    key: `c${index}`,
    summary: '',
    value: (row) => row[index] ?? null,
  }));
const formatCells = (...cells: Cell[]) => formatRow(createColumns(cells.length), cells);

test('prints the header', () => {
  expect(formatHeader(createColumns(3))).toBe('c0,c1,c2\r\n');
});

test.each<[string, Cell, string]>([
  ['text', 'Ciao', 'Ciao'],
  ['null', null, '""'],
  ['comma', 'a,b', '"a,b"'],
  ['quotes', 'say "hi"', '"say ""hi"""'],
  ['newlines', 'a\r\nb\nc', '"a\nb\nc"'],
  ['number', 12, '12'],
  ['negative number', -12.5, '-12.5'],
  ['tiny number', -1e-7, '-1e-7'],
  ['boolean', true, 'true'],
  ['list', [{ channel: 'sms' }], '"[{""channel"":""sms""}]"'],
  ['formula', '=1+1', "'=1+1"],
  ['formula with quotes', '=HYPERLINK("x","y")', '"\'=HYPERLINK(""x"",""y"")"'],
  ['plus', '+1+1', "'+1+1"],
  ['phone number', '+393901234567', '+393901234567'],
  ['phone number with a suffix', '+39 390', "'+39 390"],
  ['phone number with a line break', '+39\n=1', '"\'+39\n=1"'],
  ['minus', '-1+1', "'-1+1"],
  ['negative number as text', '-1.5', '-1.5'],
  ['dash', '-', "'-"],
  ['at sign', '@SUM(A1)', "'@SUM(A1)"],
  ['tab', '\t=1', "' =1"],
  ['carriage return', '\r=1', "' =1"],
  ['leading spaces', ' \n=1', '"\' \n=1"'],
  ['leading newline', '\nCiao', '"\nCiao"'],
  ['full-width', '＝1', "'＝1"],
  ['leading hidden character', '\u200B=1', "'=1"],
  ['leading escape sequence', '\u001B[31m=1', "'=1"],
  ['escape sequence', '\u001B[31mred', 'red'],
])('%s', (_, cell, text) => {
  expect(formatCells(cell)).toBe(`${text}\r\n`);
});

/** Parses RFC 4180 strictly: throws on anything outside the grammar. */
function parse(text: string): string[][] {
  const records: string[][] = [];
  let record: string[] = [];
  let at = 0;
  while (at < text.length) {
    const [whole, quoted, bare] = /^(?:"((?:[^"]|"")*)"|([^",\r\n]*))/.exec(text.slice(at)) ?? [];
    record.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
    at += whole?.length ?? 0;
    if (text[at] === ',') at++;
    else if (text.startsWith('\r\n', at)) {
      records.push(record);
      record = [];
      at += 2;
    } else throw new Error(`neither comma nor line end at ${at}`);
  }
  return records;
}

const cellText = fc.oneof(
  fc.string(),
  fc.string({
    unit: fc.constantFrom(
      '"',
      ',',
      '\n',
      '\r',
      '=',
      '+',
      '-',
      '@',
      '\t',
      "'",
      '1',
      'a',
      ' ',
      '\u001B',
      'è',
      '👍',
    ),
  }),
  fc.string({ unit: 'binary' }),
);

test('round-trips any rows, one record each, without formulas or control characters', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 5 }).chain((count) =>
        fc.array(fc.array(cellText, { minLength: count, maxLength: count }), {
          minLength: 1,
          maxLength: 5,
        }),
      ),
      (rows) => {
        const columns = createColumns(rows[0]?.length ?? 0);
        const text = formatHeader(columns) + rows.map((row) => formatRow(columns, row)).join('');
        const [head, ...records] = parse(text);
        expect(head).toEqual(columns.map((column) => column.key));
        expect(records).toHaveLength(rows.length);
        for (const [index, record] of records.entries()) {
          expect(record).toHaveLength(columns.length);
          for (const [place, cell] of record.entries()) {
            expect(cell).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
            if (!/^(?:\+\d+|-\d+(?:\.\d+)?)$/.test(cell)) expect(cell).not.toMatch(/^\s*[=+\-@]/);
            const given = rows[index]?.[place] ?? '';
            if (/^[ -~\n]*$/.test(given))
              expect(cell.replace(/^'(?=\s*[=+\-@])/, '')).toBe(given.replace(/^'(?=\s*[=+\-@])/, ''));
          }
        }
      },
    ),
    { numRuns: 2000 },
  );
});
