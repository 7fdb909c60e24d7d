import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openRows } from '../../../src/input/rows/open.ts';

/** Parsed content of a file, up to its end or the first error. */
interface Read {
  columns: readonly string[];
  rows: unknown[];
  failure?: { code: string; message: string };
}

async function* splitAt(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Buffer> {
  let start = 0;
  for (const end of [...cuts, bytes.length]) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

/** Reads rows as `[line, ...cells]`, with `!problem` appended to invalid ones. */
async function read(text: string | Buffer, name = 'a.csv', cuts: readonly number[] = []): Promise<Read> {
  const found: Read = { columns: [], rows: [] };
  try {
    const sheet = await openRows(splitAt(Buffer.from(text as string), cuts), name);
    found.columns = sheet.columns;
    for await (const batch of sheet.rows)
      for (const { line, cells, problem } of batch)
        found.rows.push([line, ...cells, ...(problem === undefined ? [] : [`!${problem}`])]);
  } catch (cause) {
    const { code, message } = cause as { code: string; message: string };
    found.failure = { code, message };
  }
  return found;
}

const utf16le = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
const utf16be = (text: string) => utf16le(text).swap16();

test('reads formulas of one text wherever a chunk ends', async () => {
  const text = 'to,name\n="+391",Ada\n2,="x=y"\n=,="z"';
  const rows = [
    [2, '+391', 'Ada'],
    [3, '2', 'x=y'],
    [4, '=', 'z'],
  ];
  for (let one = 1; one < text.length; one++)
    for (const two of [one, one + 1, one + 4].filter((end) => end < text.length))
      expect((await read(text, 'a.csv', [one, two])).rows).toEqual(rows);
});

describe('rows', () => {
  test.each<[what: string, text: string | Buffer, rows: unknown[], name?: string]>([
    [
      'commas',
      'to,name\n1,Ada\n2,Bea\n',
      [
        [2, '1', 'Ada'],
        [3, '2', 'Bea'],
      ],
    ],
    [
      'formulas of one text',
      'to,name\n="+39 1",="007"\n2,="a\u00e9 b"',
      [
        [2, '+39 1', '007'],
        [3, '2', 'aé b'],
      ],
    ],
    ['formulas between semicolons', '="to";name\r\n="+391";"x;=""y"""\r\n', [[2, '+391', 'x;="y"']]],
    ['formulas within quotes', 'to,name\n"=""+391""","a,=""b"""\n', [[2, '="+391"', 'a,="b"']]],
    [
      'cells that end with an equals sign',
      'to,name\n"1,=",","\n"2,=","b"\n',
      [
        [2, '1,=', ','],
        [3, '2,=', 'b'],
      ],
    ],
    ['formulas without quotes', 'to,name\n=1+1,=\n', [[2, '=1+1', '=']]],
    ['semicolons in a .csv', 'to;name\n1;Ada, Bea\n', [[2, '1', 'Ada, Bea']]],
    ['semicolons with a comma in a quoted name', 'to;"name, first"\n1;a\n', [[2, '1', 'a']]],
    ['tabs in a .csv', 'to\tname\n1\tAda\n', [[2, '1', 'Ada']]],
    ['.tsv with one column and a comma', 'to\n1,5\n', [[2, '1,5']], 'a.tsv'],
    ['.tsv with a bare quote', 'to\ta\n1\t5" pipe\n', [[2, '1', '5" pipe']], 'a.tsv'],
    [
      '.tsv with quoted words',
      'to\ta\n1\tx "y" z\n2\t"y" z\n',
      [
        [2, '1', 'x "y" z'],
        [3, '2', '"y" z'],
      ],
      'a.tsv',
    ],
    ['.tsv with a quoted cell', 'to\ta\n1\t"5"" pipe"\n', [[2, '1', '5" pipe']], 'a.tsv'],
    [
      '.tsv with a quote at the beginning of a cell',
      'to\ta\n1\t"Il Gabbiano\n2\tBar "Roma"\n3\t"\n4\tx"\n',
      [
        [2, '1', '"Il Gabbiano'],
        [3, '2', 'Bar "Roma"'],
        [4, '3', '"'],
        [5, '4', 'x"'],
      ],
      'a.tsv',
    ],
    [
      '.tsv with a tab within quotes',
      'to\ta\n1\t"x\ty"\n',
      [[2, '1', '"x', 'y"', '!3 cells, the header has 2']],
      'a.tsv',
    ],
    ['standard input, detected by its header', 'to;name\n1;Ada\n', [[2, '1', 'Ada']], 'standard input'],
    [
      'one column',
      'to\n1\n2',
      [
        [2, '1'],
        [3, '2'],
      ],
    ],
    ['delimiter declared for Excel', 'sep=;\r\nto;name\r\n1;Ada\r\n', [[3, '1', 'Ada']]],
    ['byte order mark', '\uFEFFto,name\n1,Ada\n', [[2, '1', 'Ada']]],
    ['UTF-16 LE', utf16le('to\tname\r\n1\tZoë 🎉\r\n'), [[2, '1', 'Zoë 🎉']], 'a.txt'],
    ['UTF-16 BE', utf16be('to\tname\r\n1\tZoë 🎉\r\n'), [[2, '1', 'Zoë 🎉']], 'a.txt'],
    [
      'CR LF',
      'to,name\r\n1,Ada\r\n2,Bea\r\n',
      [
        [2, '1', 'Ada'],
        [3, '2', 'Bea'],
      ],
    ],
    [
      'CR',
      'to,name\r1,Ada\r2,Bea',
      [
        [2, '1', 'Ada'],
        [3, '2', 'Bea'],
      ],
    ],
    [
      'mixed line endings',
      'to,name\n1,Ada\r\n2,Bea\r3,Cia',
      [
        [2, '1', 'Ada'],
        [3, '2', 'Bea'],
        [4, '3', 'Cia'],
      ],
    ],
    ['no line break at the end', 'to,name\n1,Ada', [[2, '1', 'Ada']]],
    [
      'blank lines',
      '\n\r\n to,name\n\n1,Ada\n  \n\r\n2,Bea\n\n',
      [
        [5, '1', 'Ada'],
        [8, '2', 'Bea'],
      ],
    ],
    ['rows of delimiters only', 'to,name\n,\n1,Ada\n,\n', [[3, '1', 'Ada']]],
    [
      'line break within quotes',
      'to,name\n1,"A\nda"\n2,Bea\n',
      [
        [2, '1', 'A\nda'],
        [4, '2', 'Bea'],
      ],
    ],
    [
      'CRLF within quotes',
      'to,name\r\n1,"A\r\n\r\nda"\r\n\r\n2,"B\rea"\r\n3,C\r\n',
      [
        [2, '1', 'A\r\n\r\nda'],
        [6, '2', 'B\rea'],
        [8, '3', 'C'],
      ],
    ],
    [
      'doubled quotes',
      'to,name\n1,"say ""Ada"""\n2,""\n',
      [
        [2, '1', 'say "Ada"'],
        [3, '2', ''],
      ],
    ],
    ['line break in the header', '"to\nnumber",name\n1,Ada\n', [[3, '1', 'Ada']]],
    ['spaces around a cell', 'to , name\n1, Ada \n', [[2, '1', ' Ada ']]],
    ['empty cell', 'to,name,x\n1,,\n', [[2, '1', '', '']]],
    [
      'extra cell',
      'to,name\n1,Ada,x\n2,Bea\n',
      [
        [2, '1', 'Ada', 'x', '!3 cells, the header has 2'],
        [3, '2', 'Bea'],
      ],
    ],
    ['extra empty cells', 'to,name\n1,Ada,,\n', [[2, '1', 'Ada']]],
    ['missing cell', 'to,name\n1\n', [[2, '1', '!1 cell, the header has 2']]],
    ['column without name and values', 'to,name,\n1,Ada,\n', [[2, '1', 'Ada', '']]],
    ['BOM in the middle of the file', 'to,name\n1,\uFEFFAda\n', [[2, '1', '\uFEFFAda']]],
    [
      'JSON Lines',
      '{"to":"1","name":"Ada"}\n\n{"name":"Bea","to":2}\r\n',
      [
        [1, '1', 'Ada'],
        [3, '2', 'Bea'],
      ],
      'a.jsonl',
    ],
    ['JSON Lines, detected by the first line', '{"to":"1"}\n', [[1, '1']], 'standard input'],
    [
      'JSON values',
      '{"a":true,"b":1.5,"c":null,"d":""}\n{"e":"x"}',
      [
        [1, 'true', '1.5', undefined, ''],
        [2, undefined, undefined, undefined, undefined, 'x'],
      ],
      'a.ndjson',
    ],
    [
      'values that are not text',
      '{"a":{"toString":1}}\n{"a":[{"toString":1}]}\n[1]\n"x"\n{"a":12345678901234567890}\n{"a":1e999}\n{"a":-0}\n{"a":3.93E+11}\n{"a": 3.5e2 }\n',
      [
        [1, '{"toString":1}', '!"a" is an object, not text'],
        [2, '[{"toString":1}]', '!"a" is a list, not text'],
        [3, '!not a JSON object'],
        [4, '!not a JSON object'],
        [5, '12345678901234567000', '!"a" is too large for a number: put it in quotes'],
        [6, 'Infinity', '!"a" is too large for a number: put it in quotes'],
        [7, '0'],
        [8, '3.93E+11'],
        [9, '3.5e2'],
      ],
      'a.jsonl',
    ],
    [
      'deeply nested JSON',
      `{"a":1}\n{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}\n${'{"a":'.repeat(100_000)}\n{"a":2}\n`,
      [
        [1, '1'],
        [2, '!lists and objects are nested more than 64 levels deep'],
        [3, '!lists and objects are nested more than 64 levels deep'],
        [4, '2'],
      ],
      'a.jsonl',
    ],
    [
      'JSON Lines with CR line breaks',
      '{"a":1}\r\r{"a":2}\r',
      [
        [1, '1'],
        [3, '2'],
      ],
      'a.jsonl',
    ],
    ['last of two equal JSON keys', '{"a":1,"a":2}', [[1, '2']], 'a.jsonl'],
    ['keys that exist on every object', '{"__proto__":"x","constructor":"y"}', [[1, 'x', 'y']], 'a.jsonl'],
  ])('%s', async (_, text, rows, name) => {
    expect(await read(text, name)).toMatchObject({ rows });
  });

  test.each([
    ['{"a":1', 7],
    ['{"a":}', 6],
    ['{"a" 1}', 6],
    ['{"a":1 "b":2}', 8],
    ['{"a":"x}', 9],
    ['{"a":tru}', 9],
    ['{a:1}', 2],
    ['{"a":1}}', 8],
    ['+39', 1],
    ["{'a':1}", 2],
  ])('reports %s as invalid JSON at column %i', async (text, column) => {
    expect(await read(`${text}\n{"a":1}`, 'a.jsonl')).toMatchObject({
      rows: [
        [1, `!not JSON at column ${column}`],
        [2, '1'],
      ],
    });
  });

  test('trims names and adds columns for JSON Lines', async () => {
    expect((await read(' to , Nome \n1,2')).columns).toEqual(['to', 'Nome']);
    expect((await read('{"to":1}\n{"x":1,"to":2}', 'a.jsonl')).columns).toEqual(['to', 'x']);
  });
});

describe('invalid files', () => {
  test.each<[what: string, text: string | Buffer, code: string, message: string, rows?: number]>([
    ['empty', '', 'file.empty', 'a.csv has no rows'],
    ['blank lines', '\n \n', 'file.empty', 'a.csv has no rows'],
    ['BOM only', '\uFEFF', 'file.empty', 'a.csv has no rows'],
    ['header only', 'to,name\n\n', 'file.empty', 'a.csv has no rows'],
    ['Latin-1', Buffer.from('to\nPerù\n', 'latin1'), 'file.not-utf8', 'a.csv, line 2: not UTF-8'],
    [
      'Latin-1 in a later line',
      Buffer.from('to\r\n1\r\n\r\n"2\r\n3"\rPerù', 'latin1'),
      'file.not-utf8',
      'a.csv, line 6: not UTF-8',
      1,
    ],
    [
      'truncated character',
      Buffer.from([0x61, 0x0a, 0xf0, 0x9f, 0x8e]),
      'file.not-utf8',
      'a.csv, line 2: not UTF-8',
    ],
    [
      'surrogate in UTF-8',
      Buffer.from([0x61, 0x0a, 0xed, 0xa0, 0x80]),
      'file.not-utf8',
      'a.csv, line 2: not UTF-8',
    ],
    ['UTF-16 without BOM', Buffer.from('to\n1', 'utf16le'), 'file.nul', 'a.csv, line 1: a NUL byte'],
    ['NUL', 'to\n1\nmore\n2\0', 'file.nul', 'a.csv, line 4: a NUL byte', 1],
    [
      'half a character in UTF-16',
      utf16le('to\n1').subarray(0, -1),
      'file.not-utf16',
      'a.csv begins like UTF-16 but is not',
    ],
    [
      'a spreadsheet',
      Buffer.from('504b030414000600', 'hex'),
      'file.not-text',
      'a.csv is a spreadsheet or a zip archive',
    ],
    ['gzip', Buffer.from('1f8b0800', 'hex'), 'file.not-text', 'a.csv is compressed'],
    [
      'unclosed quote',
      'to,name\n1,Ada\n2,"Bea\n3,Cia\n',
      'file.unclosed-quote',
      'a.csv, line 3: the quote that opens here is never closed',
      1,
    ],
    [
      'unclosed quote in a later line of its row',
      'to,name\r\n"1\r\n2","Bea\r\n3,Cia\r\n',
      'file.unclosed-quote',
      'a.csv, line 3: the quote that opens here is never closed',
    ],
    [
      'unclosed quote before a large amount of text',
      `to\n1\n\n"2\n${'x\n'.repeat(600_000)}`,
      'file.unclosed-quote',
      'a.csv, line 4: the quote that opens here is never closed',
      1,
    ],
    [
      'unclosed quote before many lines',
      `to\n1\n\n"2\n${'\n'.repeat(1_100_000)}`,
      'file.unclosed-quote',
      'a.csv, line 4: the quote that opens here is never closed',
      1,
    ],
    [
      'unclosed quote in the header',
      '"to\n1\n',
      'file.unclosed-quote',
      'a.csv, line 1: the quote that opens here is never closed',
    ],
    [
      'text after quotes',
      'to,name\n1,"Ada" B\n',
      'file.stray-quote',
      'a.csv, line 2: text after the closing quote of a cell',
    ],
    [
      'closing quote several lines below',
      'to,name\r\n1,"Ada\r\n2,"Bea"\r\n',
      'file.stray-quote',
      'a.csv, line 2: text after the closing quote of a cell',
    ],
    [
      'quote within a cell',
      'to,name\n1,Ada\n2,5" pipe\n',
      'file.stray-quote',
      'a.csv, line 3: quote in the middle of a cell',
      1,
    ],
    [
      'space before quotes',
      'to, "name"\n1,Ada\n',
      'file.stray-quote',
      'a.csv, line 1: quote in the middle of a cell',
    ],
    ['endless row', `to\n${'x'.repeat(1_100_000)}`, 'file.row-too-long', 'a.csv, line 2: longer than 1 MiB'],
    [
      'duplicate name',
      'to,name,name\n1,2,3',
      'file.columns',
      'a.csv, line 1: more than one column is called "name"',
    ],
    [
      'value without a name',
      'to,,name\n1,,3\n1,2,3',
      'file.columns',
      'a.csv, line 3: column 2 has a value and no name',
      1,
    ],
  ])('%s', async (_, text, code, message, rows = 0) => {
    const found = await read(text);
    expect(found.failure).toEqual({ code, message });
    expect(found.rows).toHaveLength(rows);
  });

  test('reports an endless line of JSON', async () => {
    expect((await read(`{"a":1}\n{"a":"${'x'.repeat(2_000_000)}`, 'a.jsonl')).failure).toMatchObject({
      code: 'file.row-too-long',
      message: 'a.jsonl, line 2: longer than 1 MiB',
    });
  });
});

test('reports a file without any JSON object by the error of its first row', async () => {
  expect((await read('\n[1]\n'.repeat(3_000), 'a.jsonl')).failure).toEqual({
    code: 'file.invalid',
    message: 'a.jsonl is not JSON Lines; line 2: not a JSON object',
  });
});

describe('too many columns', () => {
  const names = (count: number) => Array.from({ length: count }, (_, nth) => `c${nth}`);
  const lines = (count: number) => names(count).map((name) => `{"${name}":1}\n`);

  test.each([
    ['one new name per JSON row', lines(5_000).join(''), 'a.jsonl', 1_001, 1_000],
    ['one JSON row', `{"a":1}\n{${names(50_000).map((name) => `"${name}":1`)}}\n`, 'a.jsonl', 2, 1],
    ['header', `${names(100_000)}\n`, 'a.csv', 1, 0],
    ['row', `to,name\n1,2\n1${',x'.repeat(100_000)}\n`, 'a.csv', 3, 1],
    ['row of empty cells', `to,name\n1,2\n${','.repeat(100_000)}\n`, 'a.csv', 3, 1],
  ])('%s', async (_, text, name, line, before) => {
    const { rows, failure } = await read(text, name, [1_000, 20_000]);
    expect(failure).toMatchObject({
      code: 'file.too-many-columns',
      message: expect.stringContaining(`${name}, line ${line}: more than 1`),
    });
    expect(rows).toHaveLength(before);
  });

  test('allows the maximum, followed by delimiters', async () => {
    expect((await read(lines(1_000).join(''), 'a.jsonl')).failure).toBeUndefined();
    const wide = (cells: readonly string[]) => `${cells.join()}${','.repeat(15_000)}\n`;
    const { columns, rows, failure } = await read(wide(names(1_000)) + wide(names(1_000)));
    expect([failure, columns.slice(0, 1_000), rows.length]).toEqual([undefined, names(1_000), 1]);
  });
});

describe('wherever the input is split', () => {
  const cell = fc.oneof(
    fc.stringMatching(/^[a-z é€🎉]{0,6}$/u),
    fc.stringMatching(/^"([a-z,;\r\n\t🎉]|""){0,8}"$/u),
  );
  const rows = fc.array(
    fc.tuple(fc.array(cell, { minLength: 1, maxLength: 4 }), fc.constantFrom('\n', '\r\n', '\r', '\n\n', '')),
    { maxLength: 8 },
  );
  const delimited = fc
    .tuple(fc.constantFrom(',', ';', '\t'), rows)
    .map(([delimiter, rows]) => rows.map(([cells, end]) => cells.join(delimiter) + end).join(''));
  const json = fc
    .array(
      fc.oneof(
        fc
          .dictionary(fc.constantFrom('to', 'name', 'é'), fc.string({ unit: 'grapheme' }))
          .map((row) => JSON.stringify(row)),
        fc.constantFrom('', '\r', '{\r', '[1]'),
      ),
    )
    .map((lines) => `{"to":"1"}\n${lines.join('\n')}`);
  const bytes = fc.oneof(
    delimited.map((text) => Buffer.from(text)),
    delimited.map((text) => Buffer.from(`\uFEFF${text}`)),
    delimited.map(utf16le),
    delimited.map(utf16be),
    delimited.map((text) => Buffer.from(text, 'latin1')),
    json.map((text) => Buffer.from(text)),
  );
  const cuts = fc.array(fc.nat(), { maxLength: 30 });

  test('reads the same rows', async () => {
    await fc.assert(
      fc.asyncProperty(bytes, cuts, async (bytes, places) => {
        const offsets = places.map((place) => place % (bytes.length + 1)).sort((a, b) => a - b);
        const [cut, whole] = [await read(bytes, 'a.txt', offsets), await read(bytes, 'a.txt')];
        // The number of rows read before an error depends on the chunks, and so does the first of two errors:
        // bytes are validated before their content.
        if (whole.failure === undefined) expect(cut).toEqual(whole);
        else if ([cut, whole].some(({ failure }) => failure?.code === 'file.not-utf8'))
          expect(cut.failure).toBeDefined();
        else expect(cut.failure).toEqual(whole.failure);
      }),
      { numRuns: 500 },
    );
  });

  test('reads written CSV back', async () => {
    const text = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''));
    const table = fc.array(
      fc.tuple(
        text,
        text.map((text) => `x${text}`),
      ),
      { minLength: 1 },
    );
    await fc.assert(
      fc.asyncProperty(table, fc.constantFrom(',', ';', '\t'), async (table, delimiter) => {
        const quoted = (cell: string) => `"${cell.replaceAll('"', '""')}"`;
        const lines = table.map((cells) => cells.map(quoted).join(delimiter));
        const found = await read(`a${delimiter}b\r\n${lines.join('\r\n')}`);
        expect(found.rows.map((row) => (row as unknown[]).slice(1))).toEqual(table);
      }),
    );
  });
});
