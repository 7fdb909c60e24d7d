import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clean, cleanLines, cleanStyled } from '../../src/output/clean.ts';

test.each([
  ['plain text', 'Ciao, 100 €', 'Ciao, 100 €'],
  ['color', '\u001B[31mred\u001B[0m', 'red'],
  ['cursor and erase', 'a\u001B[2J\u001B[1;1Hb', 'ab'],
  ['8-bit CSI', 'a\u009B31mb', 'ab'],
  ['title', '\u001B]0;owned\u0007a', 'a'],
  ['link', '\u001B]8;;http://x\u001B\\text\u001B]8;;\u001B\\', 'text'],
  ['8-bit OSC', '\u009D0;owned\u009Ca', 'a'],
  ['device string', '\u001BPq#0\u001B\\a', 'a'],
  ['reset', '\u001Bca', 'a'],
  ['character set', '\u001B(0a', 'a'],
  ['unterminated title', '\u001B]0;here', '0;here'],
  ['lone escape', 'a\u001B', 'a␛'],
  ['escape sequence assembled by removal', '\u001B\u001B[31m[31mx', '␛[31mx'],
  ['newlines and tabs', 'a\nb\r\nc\td\re', 'a b c d e'],
  ['line separators', 'a\u2028b\u2029c\u0085d', 'a b c d'],
  ['bell, backspace, NUL, delete', '\u0007\b\0\u007F', '␇␈␀␡'],
  ['other C1', 'a\u0081b', 'a\uFFFDb'],
  ['direction overrides', 'a\u202Eb\u2066c\u2069\u200Fd', 'abcd'],
  ['zero width', 'pay\u200Bpal\uFEFF\u2060\u00AD', 'paypal'],
  ['tags', 'a\u{E0041}\u{E007F}', 'a'],
  ['joiners and selectors in Latin text', 'a\u200Db\u200Cc\uFE0F', 'abc'],
  ['family', '👨‍👩‍👧', '👨‍👩‍👧'],
  ['heart', '❤️', '❤️'],
  ['couple', '👩🏽‍❤️‍👨🏻', '👩🏽‍❤️‍👨🏻'],
  ['Persian', 'می\u200Cخواهم', 'می\u200Cخواهم'],
  ['Hindi', 'क्\u200Dष', 'क्\u200Dष'],
  ['lone surrogate', 'a\uD83Db', 'a\uFFFDb'],
  ['surrogates that would pair up', '\uD83D\u200B\uDE00', '\uFFFD\uFFFD'],
])('%s', (_, text, cleaned) => {
  expect(clean(text)).toBe(cleaned);
});

test.each([
  ['a\nb\r\nc\rd', 'a\nb\nc d'],
  ['\u001B[31ma\n\u001B]0;x\u0007b', 'a\nb'],
])('cleanLines(%j)', (text, cleaned) => {
  expect(cleanLines(text)).toBe(cleaned);
});

test.each([
  ['color', '\u001B[31mx\u001B[39m', '\u001B[31mx\u001B[39m'],
  ['nested', '\u001B[1m\u001B[31mx\u001B[39m\u001B[22m', '\u001B[1m\u001B[31mx\u001B[39m\u001B[22m'],
  ['unclosed', '\u001B[31m\u001B[1mx\u001B[22m', '\u001B[31m\u001B[1mx\u001B[22m\u001B[39m'],
  ['bright, unclosed', '\u001B[91mx', '\u001B[91mx\u001B[39m'],
  ['no color', '\u001B[8mhidden\u001B[2Jx', 'hiddenx'],
])('cleanStyled: %s', (_, text, cleaned) => {
  expect(cleanStyled(text)).toBe(cleaned);
});

const hostileText = fc.string({
  unit: fc.oneof(
    fc.constantFrom(...'\u001B\u001B\u001B[]()PX^_;?0123m\\Hh\u0007\u0090\u009B\u009C\u009D\u0085\n\r\t'),
    fc.constantFrom(
      '\u200B',
      '\u200C',
      '\u200D',
      '\uFE0F',
      '\u202E',
      '\uFEFF',
      '👩',
      '❤',
      '🏽',
      'ک',
      'x',
      '1',
    ),
    fc.constantFrom('\uD83D', '\uDE00', '\u{E0041}', '\u2028', '\u007F'),
    fc.integer({ min: 0, max: 0x9f }).map((code) => String.fromCharCode(code)),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  ),
  maxLength: 40,
});

test('leaves no control sequence for any text', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      const cleaned = clean(text);
      expect(cleaned).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u2028-\u202E\u2066-\u2069]/);
      expect(cleaned.isWellFormed()).toBe(true);
      expect(clean(cleaned)).toBe(cleaned);
      expect(cleanLines(text)).not.toMatch(/[\u0000-\u0009\u000B-\u001F\u007F-\u009F]/);
      expect(cleanLines(cleanLines(text))).toBe(cleanLines(text));
      expect(cleanStyled(text).replace(/\u001B\[\d+m/g, '')).not.toMatch(/[\u0000-\u001F\u007F-\u009F]/);
    }),
    { numRuns: 5000 },
  );
});

test('takes linear time', () => {
  for (const unit of [
    '\u001B]',
    '\u009D',
    '\u001B[',
    '\u001B[0;',
    '\u001B ',
    '\u001BP0',
    '\u200D',
    '👩\u200D',
    '\n',
  ]) {
    const startedAt = performance.now();
    clean(unit.repeat(100_000));
    expect([unit, performance.now() - startedAt < 5_000]).toEqual([unit, true]);
  }
});
