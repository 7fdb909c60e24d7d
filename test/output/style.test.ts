import { expect, test } from 'vitest';
import { showsUnicode } from '../../src/output/style.ts';
import { styleOf } from './screen.ts';

test('returns text unchanged without color', async () => {
  const style = await styleOf();
  expect(style.red(style.bold('x'))).toBe('x');
});

test("colors text regardless of chalk's own detection", async () => {
  const style = await styleOf({ color: true, isTTY: false });
  expect(style.red(style.bold('x'))).toBe('\u001B[31m\u001B[1mx\u001B[22m\u001B[39m');
  expect(style.dim('x')).toBe('\u001B[2mx\u001B[22m');
});

test.each<[NodeJS.ProcessEnv, NodeJS.Platform, boolean]>([
  [{}, 'linux', true],
  [{ LANG: 'en_US.UTF-8' }, 'linux', true],
  [{ LANG: 'C.utf8' }, 'darwin', true],
  [{ LANG: 'C' }, 'linux', false],
  [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, 'linux', false],
  [{ LANG: 'C', LC_CTYPE: 'UTF-8' }, 'darwin', true],
  [{ LANG: 'C', LC_ALL: '', LC_CTYPE: '' }, 'linux', false],
  [{ LANG: 'en_US.UTF-8', TERM: 'linux' }, 'linux', false],
  [{ LANG: 'en_US.UTF-8', TERM: 'dumb' }, 'linux', false],
  [{}, 'win32', false],
  [{ WT_SESSION: 'x' }, 'win32', true],
])('%j on %s: unicode %s', (env, platform, unicode) => {
  expect(showsUnicode(env, platform)).toBe(unicode);
});

test('uses ASCII symbols without Unicode', async () => {
  expect((await styleOf()).symbols.ok).toBe('✔');
  expect(Object.values((await styleOf({}, { LANG: 'C' })).symbols).join('')).toMatch(/^[!-~]+$/);
});
