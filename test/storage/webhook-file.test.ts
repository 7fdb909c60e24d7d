import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readListenFile, writeListenFile } from '../../src/storage/webhook-file.ts';
import { freshHome } from '../support/program.ts';

const secret = 'abcdefghijklmnopqrstuv';

test('reads settings back and creates a missing secret', () => {
  const { state } = freshHome();
  const initial = readListenFile(state, 'shop');
  expect(initial.secret).toMatch(/^[\w-]{22}$/);
  expect(readListenFile(state, 'shop')).toEqual(initial);
  const stored = { secret, ours: 'https://a', before: null };
  writeListenFile(state, 'shop', stored);
  expect(readListenFile(state, 'shop')).toEqual(stored);
});

test.each([
  '',
  'null',
  '[]',
  '{}',
  '{"secret":"short"}',
  '{"secret":{"toString":1}}',
  `{"secret":"${secret}","ours":{"toString":1}}`,
  `{"secret":"${secret}","before":7}`,
  `{"secret":"${secret}","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
])('reports a file with %.40j and leaves it unchanged', (text) => {
  const { state } = freshHome();
  const path = join(state, 'shop.listen.json');
  mkdirSync(state);
  writeFileSync(path, text);
  expect(() => readListenFile(state, 'shop')).toThrow(path);
  expect(readFileSync(path, 'utf8')).toBe(text);
});
