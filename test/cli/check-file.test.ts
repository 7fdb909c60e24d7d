import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { invoke } from '../support/invoke.ts';
import { freshHome, parseError, parseRows, type RunResult, shell } from '../support/program.ts';

interface Found {
  verdict: string;
  subject: string;
  value: string;
  encoding: string | null;
  parts: number | null;
  detail: string;
  hint: string | null;
  line: number | null;
  column: string | null;
}

const parseFindings = (result: RunResult) => parseRows<Found>(result);

/**
 * Checks a file with this content; returns the findings as `line column verdict: detail`, and the summary.
 */
async function check(content: string | Buffer, args: readonly string[] = [], name = 'contacts.csv') {
  const home = freshHome();
  const path = join(home.path, name);
  writeFileSync(path, content);
  const result = await invoke(['check', '--file', path, '--json', '--sandbox', '-q', ...args], { home });
  const rows = parseFindings(result);
  const sum = rows.at(-1);
  return {
    result,
    rows,
    found: rows
      .filter(({ subject }) => subject !== 'file')
      .map(({ line, column, verdict, detail }) => `${line ?? '-'} ${column ?? '-'} ${verdict}: ${detail}`),
    sum: sum?.subject === 'file' ? `${sum.verdict}: ${sum.detail}` : undefined,
  };
}

const ada = '+393901234567';

describe.concurrent('valid files', () => {
  test.for<[what: string, content: string | Buffer, args: string[], name?: string]>([
    ['commas', `to,name\n${ada},Ada\n+393901234568,Bea\n`, ['-m', 'Hi {name}']],
    [
      'semicolons, CRLF and BOM',
      `\uFEFFto;name\r\n${ada};Ada\r\n+393901234568;"Bea; B"\r\n`,
      ['-m', 'Hi {name}'],
    ],
    ['tabs', `to\tname\n${ada}\tAda\n+393901234568\tBea`, ['-m', 'Hi {name}'], 'contacts.tsv'],
    [
      'UTF-16',
      Buffer.from(`\uFEFFto\tname\n${ada}\tAda\n+393901234568\tBea`, 'utf16le'),
      ['-m', 'Hi {name}'],
      'contacts.txt',
    ],
    [
      'JSON Lines',
      `{"to":"${ada}","name":"Ada"}\n{"name":"Bea","to":"+393901234568"}\n`,
      ['-m', 'Hi {name}'],
      'contacts.jsonl',
    ],
    ['a text per row', `telefono,testo\n${ada},Hi Ada\n+393901234568,Hi Bea`, []],
    ['a mapped column', `Casa,telefono\n${ada},x\n+393901234568,y`, ['--map', 'to=Casa', '-m', 'Hi']],
    ['national numbers', 'to\n390 1234567\n390 1234568\n', ['--country', 'IT', '-m', 'Hi']],
    ['a value from the command line', `to\n${ada}\n+393901234568`, ['-m', 'Hi {name}', '--var', 'name=you']],
  ])('%s', async ([, content, args, name], { expect }) => {
    const { result, found, sum } = await check(content, args, name);
    expect({ found, sum, stderr: result.stderr, code: result.code }).toEqual({
      found: [],
      sum: 'ok: 2 rows, 0 invalid, 2 parts of SMS, 0 in UCS-2',
      stderr: '',
      code: 0,
    });
  });
});

describe.concurrent('findings in rows', () => {
  test.for<[what: string, content: string, args: string[], found: string[], sum: string]>([
    [
      'numbers',
      `Telefono\n${ada}\nMario\n\n+390612345678\n393901234567\n""\n`,
      [],
      [
        '3 Telefono wrong: "Mario" is not a phone number',
        '5 Telefono warning: +390612345678 is a landline',
        '6 Telefono wrong: "393901234567" is not in E.164: it must start with + and the country code',
      ],
      'wrong: 4 rows, 2 invalid, 1 with warnings',
    ],
    [
      'row without a number',
      `to,name\n,Ada\n`,
      ['-m', 'Hi'],
      ['2 to wrong: there is no number'],
      'wrong: 1 row, 1 invalid',
    ],
    [
      'rows with a wrong number of cells',
      `to,name\n${ada},Ada,x\n${ada}\n`,
      ['-m', 'Hi'],
      ['2 - wrong: 3 cells, the header has 2', '3 - wrong: 1 cell, the header has 2'],
      'wrong: 2 rows, 2 invalid',
    ],
    [
      'empty value',
      `to,name\n${ada},\n`,
      ['-m', 'Hi {name}'],
      ['2 name warning: {name} is empty'],
      'warning: 1 row, 0 invalid, 1 with warnings, 1 part of SMS, 0 in UCS-2',
    ],
    [
      'placeholder without a column, reported once',
      `to,name\n${ada},Ada\n+393901234568,Bea\n`,
      ['-m', 'Hi {nmae}'],
      ['- - wrong: the message has no value for {nmae}; the columns are to, name'],
      'wrong: 2 rows, 2 invalid',
    ],
    [
      'unknown placeholder in one row',
      `to,text,name\n${ada},Hi {name},Ada\n+393901234568,Hi {x},Bea\n`,
      [],
      ['3 - wrong: the message has no value for {x}; the columns are to, text, name'],
      'wrong: 2 rows, 1 invalid, 1 part of SMS, 0 in UCS-2',
    ],
    [
      'nothing to send',
      `to,text\n${ada},\n`,
      [],
      ['2 text wrong: no text to send'],
      'wrong: 1 row, 1 invalid',
    ],
    [
      'value that forces UCS-2',
      `to,name\n${ada},Łukasz\n+393901234568,Ada\n`,
      ['-m', 'Hi {name}'],
      ['2 name costly: not in GSM-7: Ł (U+0141)'],
      'costly: 2 rows, 0 invalid, 2 parts of SMS, 1 in UCS-2',
    ],
    [
      'text that forces UCS-2, reported once',
      `to,name\n${ada},Ada’\n+393901234568,Łukasz\n`,
      ['-m', 'It’s ready, {name}'],
      ['- - costly: not in GSM-7: ’ (U+2019)', '3 name costly: not in GSM-7: ’ (U+2019), Ł (U+0141)'],
      'costly: 2 rows, 0 invalid, 2 parts of SMS, 2 in UCS-2',
    ],
    [
      'text of one row that forces UCS-2',
      `to,text\n${ada},It’s ready\n`,
      [],
      ['2 text costly: not in GSM-7: ’ (U+2019)'],
      'costly: 1 row, 0 invalid, 1 part of SMS, 1 in UCS-2',
    ],
    [
      'text that is too long',
      `to,text\n${ada},${'x'.repeat(40_000)}\n`,
      [],
      ['2 text wrong: the text needs 262 parts in GSM-7; an SMS can have at most 255'],
      'wrong: 1 row, 1 invalid',
    ],
    [
      'doubles',
      `to,name,note\n${ada},Ada,a\n+39 390 1234567,Ada,b\n${ada},Bea,c\n`,
      ['-m', 'Hi {name}'],
      ['3 - warning: the same destination and content as in line 2'],
      'warning: 3 rows, 0 invalid, 1 left out, 2 parts of SMS, 0 in UCS-2',
    ],
    [
      'senders and ids',
      `to,from,id\n${ada},ACME,a1\n+393901234568,AC ME,a 2\n+393901234569,,a1\n`,
      ['-m', 'Hi'],
      [
        '3 from wrong: "AC ME" is not a sender ID',
        '3 id wrong: invalid message id "a 2"',
        '4 id wrong: the same id as in line 2',
      ],
      'wrong: 3 rows, 2 invalid, 1 part of SMS, 0 in UCS-2',
    ],
    [
      'template variables',
      `to,name,code\n${ada},Mario,1\n+393901234568,Mario,\n`,
      ['--template', 'template_456'],
      ['3 code warning: {code} is empty'],
      'warning: 2 rows, 0 invalid, 1 with warnings',
    ],
    [
      'missing template variable, reported once',
      `to,name\n${ada},Mario\n+393901234568,Mario\n`,
      ['--template', 'template_456'],
      ['- - wrong: template template_456 has no value for {code}; the columns are to, name'],
      'wrong: 2 rows, 2 invalid',
    ],
    [
      'templates per row',
      `to,template,name,code\n${ada},template_456,Mario,1\n+393901234568,template_x,Mario,1\n`,
      [],
      ['3 template wrong: the gateway has no template template_x on WhatsApp or RCS'],
      'wrong: 2 rows, 1 invalid',
    ],
    [
      'unknown template, reported once',
      `to\n${ada}\n+393901234568\n`,
      ['--template', 'template_x'],
      ['- - wrong: the gateway has no template template_x on WhatsApp or RCS'],
      'wrong: 2 rows, 2 invalid',
    ],
  ])('%s', async ([, content, args, findings, sum], { expect }) => {
    const checked = await check(content, args);
    expect(checked.found).toEqual(findings);
    expect(checked.sum).toBe(sum);
    expect(checked.result.code).toBe(sum.startsWith('wrong') ? 2 : 0);
  });

  test('accepts new columns and missing values in later JSON Lines', async ({ expect }) => {
    const lines = [
      { to: ada, name: 'Ada' },
      { to: '+393901234568' },
      { to: '+393901234569', name: null, code: 7 },
      { to: 'x', name: ['a'] },
    ];
    const content = `${lines.map((line) => JSON.stringify(line)).join('\n')}\nnope\n`;
    const { found } = await check(content, ['-m', 'Hi {name}'], 'contacts.ndjson');
    expect(found).toEqual([
      '2 name wrong: the message has no value for {name}',
      '3 name wrong: the message has no value for {name}',
      '4 - wrong: "name" is a list, not text',
      '5 - wrong: not JSON at column 2',
    ]);
  });

  test('includes hints, encodings and parts', async ({ expect }) => {
    const { rows, result } = await check(`to,name\n${ada},Łukasz\n1,Ada\n`, ['-m', 'Hi {name}']);
    expect(rows[0]).toMatchObject({
      subject: 'message',
      value: 'Hi Łukasz',
      encoding: 'ucs2',
      parts: 1,
      hint: 'write L for Ł: room for 151 more',
    });
    expect(rows[2]).toMatchObject({ subject: 'file', parts: 1, encoding: null });
    expect(parseError(result)).toMatchObject({
      code: 'check.wrong',
      message: '1 of 2 rows cannot be sent',
    });
  });
});

describe.concurrent('invalid files', () => {
  test.for<[what: string, content: string | Buffer, args: string[], code: string]>([
    ['empty', '', [], 'file.empty'],
    ['header only', 'to,name\n', [], 'file.empty'],
    ['Latin-1', Buffer.from(`to,name\n${ada},Perù\n`, 'latin1'), [], 'file.not-utf8'],
    ['duplicate column', `to,name,name\n${ada},a,b\n`, [], 'file.columns'],
    ['no numbers', 'name,code\nAda,1\n', [], 'file.no-destination'],
    ['no header', `${ada},Ada\n${ada},Bea\n`, [], 'file.no-destination'],
    ['two columns of numbers', `phone,mobile\n${ada},${ada}\n`, [], 'file.ambiguous'],
    ['unknown column', `to\n${ada}\n`, ['--map', 'to=Casa'], 'map.unknown'],
    ['unknown field', `to\n${ada}\n`, ['--map', 'too=to'], 'map.invalid'],
    ['unclosed quote', `to,name\n${ada},"Ada\n`, [], 'file.unclosed-quote'],
    ['empty text', `to\n${ada}\n`, ['-m', ' '], 'text.empty'],
    ['numbers on the command line too', `to\n${ada}\n`, ['--to', ada], 'check.both'],
  ])('%s', async ([, content, args, code], { expect }) => {
    const home = freshHome();
    const path = join(home.path, 'contacts.csv');
    writeFileSync(path, content);
    const result = await invoke(['check', '--file', path, '-o', 'ndjson', ...args], { home });
    expect({ ...result, ...parseError(result) }).toMatchObject({ code, stdout: '' });
    expect(result.code).toBe(2);
  });

  test('prints findings before a fatal error as a complete document', async ({ expect }) => {
    const { result, found, sum } = await check(`to\nx\n\n"${ada}\n`);
    expect(found).toEqual(['2 to wrong: "x" is not a phone number']);
    expect(sum).toBeUndefined();
    expect(parseError(result)).toMatchObject({ code: 'file.unclosed-quote' });
    expect(parseError(result).message).toMatch(/contacts\.csv, line 4: /);
  });

  test.for([
    ['missing file', 'contacts.csv', 'file.unreadable'],
    ['folder', '.', 'file.unreadable'],
  ] as const)('%s', async ([, path, code], { expect }) => {
    const result = await invoke(['check', '--file', path, '--json'], {});
    expect([result.code, parseError(result).code]).toEqual([2, code]);
  });
});

describe.concurrent('sources of a file', () => {
  const content = `to;name\n${ada};Ada\nx;Bea\n`;
  const wrong = { line: 3, column: 'to', detail: '"x" is not a phone number' };

  test('reads standard input', async ({ expect }) => {
    const result = await invoke(['check', '--file', '-', '--json'], { stdin: content });
    expect(parseFindings(result)).toMatchObject([wrong, { subject: 'file', value: 'standard input' }]);
  });

  test('reads /dev/stdin and a pipe', async ({ expect }) => {
    const direct = await shell('qlara check --file /dev/stdin --json', { stdin: content });
    expect(parseFindings(direct)[0]).toMatchObject(wrong);
    const piped = await shell('qlara check --file <(cat) --json', { stdin: content });
    expect(parseFindings(piped)[0]).toMatchObject(wrong);
  });

  test('refuses standard input for both file and message', async ({ expect }) => {
    const result = await invoke(['check', '--file', '-', '-m', '-', '--json'], { stdin: content });
    expect(parseError(result).code).toBe('stdin.twice');
  });

  test('lets a reader close the pipe early', async ({ expect }) => {
    const invalidRows = `to\n${'x\n'.repeat(100_000)}`;
    const result = await shell('set -o pipefail; qlara check --file - -o ndjson | head -1', {
      stdin: invalidRows,
    });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(result.stdout)).toMatchObject({ line: 2 });
  });
});

test('requires a file for --map', async () => {
  const result = await invoke(['check', '--map', 'to=Casa', '--to', ada, '--json']);
  expect(parseError(result).code).toBe('map.alone');
});

test.each([
  ['csv', 'verdict,line,column\r\nwrong,3,to\r\nwrong,,\r\n'],
  ['table', 'verdict\tline\tcolumn\nwrong\t3\tto\nwrong\t\t\n'],
])('prints findings as %s', async (format, stdout) => {
  const result = await invoke(['check', '--file', '-', '-o', format, '--columns', 'verdict,line,column'], {
    stdin: `to\n${ada}\nx\n`,
  });
  expect(result).toMatchObject({ code: 2, stdout });
});
