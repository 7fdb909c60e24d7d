import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { readDocument } from '../../src/input/document.ts';
import { readVariables } from '../../src/input/text.ts';

const folder = mkdtempSync(join(tmpdir(), 'qlara-document-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const read = (name: string, text: string) => readDocument(file(name, text), process.stdin);

const many = 100_000;
const doubled = Array.from({ length: 70 }, (_, nth) => `a${nth + 1}: &a${nth + 1} [*a${nth}]`).join('\n');

describe('documents that are nested too deeply are refused, naming the line', () => {
  test.each([
    ['a.json', `\n\n${'['.repeat(many)}${']'.repeat(many)}`, 3],
    ['a.json', `${'{"a":\n'.repeat(70)}1${'}'.repeat(70)}`, 65],
    ['a', `${'['.repeat(many)}${']'.repeat(many)}`, 1],
    ['a.yaml', `a:\n  b: ${'['.repeat(many)}${']'.repeat(many)}`, 2],
    ['a.yaml', '['.repeat(1_000), 1],
    ['a.yaml', '{a: '.repeat(many), 1],
    ['a.yaml', '- '.repeat(many), 1],
    ['a.yaml', '? '.repeat(many), 1],
    ['a.yaml', ': '.repeat(many), 1],
    ['a.yaml', 'a: '.repeat(many), 1],
    ['a.yaml', '"a": '.repeat(many), 1],
    ['a.yaml', '&a !!map a: '.repeat(10_000), 1],
    ['a.yaml', '- [- {? '.repeat(many), 1],
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

  test('also where aliases add the levels', async () => {
    await expect(read('a.yaml', `a0: &a0 []\n${doubled}`)).rejects.toMatchObject({
      code: expect.stringMatching(/^file\.(too-deep|not-yaml)$/),
    });
  });
});

test.each([
  ['a.json', `${'['.repeat(64)}${']'.repeat(64)}`],
  ['a.yaml', `- ${'['.repeat(63)}${']'.repeat(63)}`],
  [
    'a.yaml',
    `# ${'['.repeat(many)}\na: "${'['.repeat(many)}"\nb: '${'- '.repeat(many)}'\nc: x ${'[ { '.repeat(99)}`,
  ],
  ['a.yaml', Array.from({ length: 5_000 }, (_, nth) => `- a${nth}:\n    - b: [c]\n`).join('')],
  ['a.yaml', `text: |\n${Array.from({ length: 100 }, (_, nth) => `${' '.repeat(nth + 1)}- a:`).join('\n')}`],
  ['a.yaml', `text: >-\n  ${'[ '.repeat(100)}\nb: 1`],
])('others are read: %s %#', async (name, text) => {
  expect(await read(name, text)).toBeDefined();
});

test.each(['a.json', 'a.yaml', 'a'])('one that is too large is refused: %s', async (name) => {
  await expect(read(name, `"${'x'.repeat(1 << 20)}"`)).rejects.toMatchObject({ code: 'file.too-large' });
});

test('a device without an end is refused', async () => {
  await expect(readDocument('/dev/zero', process.stdin)).rejects.toMatchObject({ code: 'file.too-large' });
});

describe('values of placeholders', () => {
  const values = (text: string) => readVariables([], file('vars.json', text), process);
  test.each([
    ['nested too deeply', `{"a":\n${'['.repeat(many)}${']'.repeat(many)}}`, 'file.too-deep'],
    ['an object that cannot become text', '{"a":{"toString":1}}', 'vars.not-text'],
    ['more digits than a number keeps', '{"a":12345678901234567890}', 'vars.not-text'],
    ['a number beyond all', '{"a":1e999}', 'vars.not-text'],
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
