import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readListenFile, writeListenFile } from '../../src/storage/webhook-file.ts';
import { freshHome } from '../support/program.ts';

const secret = 'abcdefghijklmnopqrstuv';

test('settings are read back, and a secret is made when there is none', () => {
  const { state } = freshHome();
  const made = readListenFile(state, 'shop');
  expect(made.secret).toMatch(/^[\w-]{22}$/);
  expect(readListenFile(state, 'shop')).toEqual(made);
  const kept = { secret, ours: 'https://a', before: null };
  writeListenFile(state, 'shop', kept);
  expect(readListenFile(state, 'shop')).toEqual(kept);
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
])('a file with %.40j in it is named, and left as it is', (text) => {
  const { state } = freshHome();
  const path = join(state, 'shop.listen.json');
  mkdirSync(state);
  writeFileSync(path, text);
  expect(() => readListenFile(state, 'shop')).toThrow(path);
  expect(readFileSync(path, 'utf8')).toBe(text);
});
