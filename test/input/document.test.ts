import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readDocument } from '../../src/input/document.ts';
import { readVariables } from '../../src/input/text.ts';

const folder = mkdtempSync(join(tmpdir(), 'qlara-document-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const writeFile = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const read = (name: string, text: string) => readDocument(writeFile(name, text), process.stdin);

const largeCount = 100_000;
const nestedAliases = Array.from({ length: 70 }, (_, nth) => `a${nth + 1}: &a${nth + 1} [*a${nth}]`).join(
  '\n',
);

describe('deeply nested documents are refused with their line', () => {
  test.each([
    ['a.json', `\n\n${'['.repeat(largeCount)}${']'.repeat(largeCount)}`, 3],
    ['a.json', `${'{"a":\n'.repeat(70)}1${'}'.repeat(70)}`, 65],
    ['a', `${'['.repeat(largeCount)}${']'.repeat(largeCount)}`, 1],
    ['a.yaml', `a:\n  b: ${'['.repeat(largeCount)}${']'.repeat(largeCount)}`, 2],
    ['a.yaml', '['.repeat(1_000), 1],
    ['a.yaml', '{a: '.repeat(largeCount), 1],
    ['a.yaml', '- '.repeat(largeCount), 1],
    ['a.yaml', '? '.repeat(largeCount), 1],
    ['a.yaml', ': '.repeat(largeCount), 1],
    ['a.yaml', 'a: '.repeat(largeCount), 1],
    ['a.yaml', '"a": '.repeat(largeCount), 1],
    ['a.yaml', '&a !!map a: '.repeat(10_000), 1],
    ['a.yaml', '- [- {? '.repeat(largeCount), 1],
    ['a.yaml', Array.from({ length: 1_000 }, (_, nth) => `${' '.repeat(nth)}a:`).join('\n'), 65],
    [
      'a.yaml',
      Array.from({ length: 1_000 }, (_, nth) => `${' '.repeat(nth)}a:\n${' '.repeat(nth)}-`).join('\n'),
      129,
    ],
  ])('%s %#', async (name, text, line) => {
    await expect(read(name, text)).rejects.toMatchObject({
      kind: 'usage',
      code: 'file.too-deep',
      message: expect.stringContaining(`${name}, line ${line}: lists and objects are nested more than 64`),
    });
  });

  test('also if aliases add the levels', async () => {
    await expect(read('a.yaml', `a0: &a0 []\n${nestedAliases}`)).rejects.toMatchObject({
      code: expect.stringMatching(/^file\.(too-deep|not-yaml)$/),
    });
  });
});

test.each([
  ['a.json', `${'['.repeat(64)}${']'.repeat(64)}`],
  ['a.yaml', `- ${'['.repeat(63)}${']'.repeat(63)}`],
  [
    'a.yaml',
    `# ${'['.repeat(largeCount)}\na: "${'['.repeat(largeCount)}"\nb: '${'- '.repeat(largeCount)}'\nc: x ${'[ { '.repeat(99)}`,
  ],
  ['a.yaml', Array.from({ length: 5_000 }, (_, nth) => `- a${nth}:\n    - b: [c]\n`).join('')],
  ['a.yaml', `text: |\n${Array.from({ length: 100 }, (_, nth) => `${' '.repeat(nth + 1)}- a:`).join('\n')}`],
  ['a.yaml', `text: >-\n  ${'[ '.repeat(100)}\nb: 1`],
])('reads %s %#', async (name, text) => {
  expect(await read(name, text)).toBeDefined();
});

test.each(['a.json', 'a.yaml', 'a'])('refuses a large document: %s', async (name) => {
  await expect(read(name, `"${'x'.repeat(1 << 20)}"`)).rejects.toMatchObject({ code: 'file.too-large' });
});

test('refuses an endless device', async () => {
  await expect(readDocument('/dev/zero', process.stdin)).rejects.toMatchObject({ code: 'file.too-large' });
});

describe('template variables', () => {
  const values = (text: string) => readVariables([], writeFile('vars.json', text), process);
  test.each([
    ['deeply nested', `{"a":\n${'['.repeat(largeCount)}${']'.repeat(largeCount)}}`, 'file.too-deep'],
    ['object that cannot be converted to a string', '{"a":{"toString":1}}', 'vars.not-text'],
    ['more digits than a double holds', '{"a":12345678901234567890}', 'vars.not-text'],
    ['number that overflows to infinity', '{"a":1e999}', 'vars.not-text'],
    ['too large', `{"a":"${'x'.repeat(1 << 20)}"}`, 'file.too-large'],
  ])('%s', async (_, text, code) => {
    await expect(values(text)).rejects.toMatchObject({ kind: 'usage', code });
  });

  test('may have any name', async () => {
    const read = await values(
      '{"__proto__":"a","constructor":"b","toString":"c","n":-0,"m":9007199254740991}',
    );
    expect(Object.entries(read)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
      ['toString', 'c'],
      ['n', '0'],
      ['m', '9007199254740991'],
    ]);
  });
});
