import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Cell, Column } from '../../../src/output/columns.ts';
import { columnGap, fitColumns, renderTable } from '../../../src/output/formats/table.ts';
import { measureWidth } from '../../../src/output/width.ts';
import { fakeStream, styleOf } from '../screen.ts';

interface Row {
  id: string;
  to: string;
  status: string;
  parts: number | null;
  text: string;
}
const columns: Column<Row>[] = [
  { key: 'id', summary: '', value: (row) => row.id },
  { key: 'to', summary: '', value: (row) => row.to },
  {
    key: 'status',
    summary: '',
    value: (row) => row.status,
    show: (row, style) => style.green(`${style.symbols.ok} ${row.status}`),
  },
  { key: 'parts', summary: '', value: (row) => row.parts, align: 'right' },
  { key: 'text', summary: '', value: (row) => row.text },
  { key: 'secret', summary: '', value: () => 'not shown', inTable: false },
];
const row = (part: Partial<Row> = {}): Row => ({
  id: '0198c0de-0000-7000-8000-000000000001',
  to: '+393901234567',
  status: 'delivered',
  parts: 1,
  text: 'Your code is 123456',
  ...part,
});

async function renderLines(width: number, rows: Row[]): Promise<string[]> {
  const text = await renderTable(columns, rows, fakeStream({ columns: width }), await styleOf());
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

test('shows everything at 200 columns', async () => {
  expect(
    await renderLines(200, [
      row(),
      row({ to: '+4479', parts: 12, text: 'più' }),
      row({ parts: null, text: '' }),
    ]),
  ).toEqual([
    'id                                    to             status       parts  text',
    '0198c0de-0000-7000-8000-000000000001  +393901234567  ✔ delivered      1  Your code is 123456',
    '0198c0de-0000-7000-8000-000000000001  +4479          ✔ delivered     12  più',
    '0198c0de-0000-7000-8000-000000000001  +393901234567  ✔ delivered',
  ]);
});

test('shortens the widest cells at 80 columns, ids last', async () => {
  expect(await renderLines(80, [row({ text: 'x'.repeat(300) })])).toEqual([
    'id                                    to           status      parts  text',
    '0198c0de-0000-7000-8000-000000000001  +393901234…  ✔ deliver…      1  xxxxxxxxx…',
  ]);
});

test('shortens all cells at 40 columns', async () => {
  expect(await renderLines(40, [row({ text: '日本語日本語日本語' })])).toEqual([
    'id         to      status  parts  text',
    '0198c0de…  +3939…  ✔ del…      1  日本…',
  ]);
});

test('prints only the header without rows, and empty lines without columns', async () => {
  expect(await renderLines(80, [])).toEqual(['id  to  status  parts  text']);
  expect((await renderTable([], [row()], fakeStream(), await styleOf())).trim()).toBe('');
});

test('aligns columns with wide characters', async () => {
  const texts = ['abc', '日本語', '👍🏽', '🫠', '👨‍👩‍👧', '❤️', 'e\u0301', '한국', '🇮🇹'];
  const lines = await renderLines(
    120,
    texts.map((to) => row({ to, text: '|' })),
  );
  const widths = lines.slice(1).map((line) => measureWidth(line.slice(0, line.indexOf('|'))));
  expect(new Set(widths).size).toBe(1);
});

test('prints bold headers and cell colors, and closes colors in shortened cells', async () => {
  const stream = fakeStream({ columns: 60, color: true });
  const text = await renderTable(columns, [row()], stream, await styleOf({ color: true }));
  const [head = '', line = ''] = text.split('\n');
  expect(head).toMatch(/^\u001B\[1mid .*text\u001B\[22m$/);
  expect(line).toMatch(/\u001B\[32m✔ \S+…\u001B\[39m/);
});

test('removes control characters from cells, styled or not', async () => {
  const hostileRow = row({
    to: '\u001B[2J\u001B]0;x\u0007+39',
    status: '\u001B[31msent\u001B[2J',
    text: 'a\nb\u202Ec',
  });
  const plain = await renderTable(columns, [hostileRow], fakeStream({ columns: 200 }), await styleOf());
  expect(plain).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/);
  expect(plain.split('\n')).toHaveLength(3);
  const colored = await renderTable(
    columns,
    [hostileRow],
    fakeStream({ columns: 200, color: true }),
    await styleOf({ color: true }),
  );
  expect(colored.replace(/\u001B\[\d+m/g, '')).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F\u202E]/);
});

test('ends shortened cells in dots without Unicode', async () => {
  const style = await styleOf({}, { LANG: 'C' });
  const text = await renderTable(columns, [row()], fakeStream({ columns: 70 }), style);
  expect(text).toContain('...');
  expect(text).toMatch(/^[\n -~]*$/);
});

test('prints one line per row within the width of the terminal', async () => {
  const style = await styleOf();
  const unit = fc.constantFrom(
    'a',
    ' ',
    '日',
    '👍',
    '🫠',
    '👨‍👩‍👧',
    'e\u0301',
    '\n',
    '\u001B[31m',
    '\t',
    'x',
    '\u200D',
    '❤️',
  );
  const cell: fc.Arbitrary<Cell> = fc.oneof(
    fc.string({ unit, maxLength: 300, size: 'max' }),
    fc.integer(),
    fc.constant(null),
  );
  const tables = fc
    .integer({ min: 1, max: 14 })
    .chain((count) =>
      fc.array(fc.array(cell, { minLength: count, maxLength: count }), { minLength: 1, maxLength: 4 }),
    );
  await fc.assert(
    fc.asyncProperty(tables, fc.constantFrom(10, 40, 80, 200), async (rows, width) => {
      const columns = (rows[0] ?? []).map(
        (_, index): Column<Cell[]> => ({
          key: index % 3 === 0 ? `id` : `column${index}`,
          summary: '',
          value: (row) => row[index] ?? null,
        }),
      );
      const text = await renderTable(columns, rows, fakeStream({ columns: width }), style);
      const lines = text.split('\n');
      expect(lines).toHaveLength(rows.length + 2);
      for (const line of lines) expect(measureWidth(line)).toBeLessThanOrEqual(width);
    }),
    { numRuns: 300 },
  );
});

test('draws many rows as one table in linear time', async () => {
  const rows = Array.from({ length: 3000 }, (_, index) => row({ to: `+${index}`, text: '|' }));
  const startedAt = performance.now();
  const lines = await renderLines(120, rows);
  expect(performance.now() - startedAt).toBeLessThan(5000);
  expect(lines).toHaveLength(rows.length + 1);
  expect(lines[2999]).toContain('  +2998  ');
  expect(new Set(lines.slice(1).map((line) => line.indexOf('|'))).size).toBe(1);
});

describe('column widths', () => {
  test.each([
    [[10, 10], 80, [], [10, 10]],
    [[10, 100], 42, [], [10, 30]],
    [[100, 100], 42, [], [20, 20]],
    [[36, 100], 42, [0], [34, 6]],
    [[36, 20, 20], 60, [0], [36, 10, 10]],
    [[36, 20, 20], 20, [0], [6, 5, 5]],
    [[5, 5, 5], 7, [], [1, 1, 1]],
    [[5, 5, 5], 3, [], [1, 1, 1]],
    [[0, 3], 10, [], [1, 3]],
    [[], 10, [], []],
  ])('fitColumns(%j, %i, keep %j) is %j', (wanted, room, keep, widths) => {
    expect(fitColumns(wanted, room, new Set(keep))).toEqual(widths);
  });

  test('fits if one cell per column fits, and never widens columns', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 40, max: 200 }),
        (wanted, room) => {
          const widths = fitColumns(wanted, room, new Set([0]));
          const total = widths.reduce((sum, width) => sum + width, columnGap * (widths.length - 1));
          expect(total).toBeLessThanOrEqual(room);
          for (const [index, width] of widths.entries())
            expect(width).toBeLessThanOrEqual(wanted[index] ?? 0);
        },
      ),
    );
  });
});
