import { assert, property, string } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findNonGsm, toGsm7 } from '../../src/message/non-gsm.ts';
import { detectEncoding } from '../../src/message/sms.ts';

describe('characters that force UCS-2, and their replacements', () => {
  test.each([
    ['It’s', "It's"],
    ['“Hi” – „there“…', '"Hi" - "there"...'],
    ['Łukasz Þór', 'Lukasz Þor'],
    ['ação', 'acao'],
    ['a\u00a0b\u200bc', 'a bc'],
    ['½ price', '½ price'],
    ['è già €5', 'è già €5'],
    ['🎉 你好', '🎉 你好'],
  ])('%s -> %s', (text, instead) => {
    expect(toGsm7(text)).toBe(instead);
  });

  test('lists each character once, with code point and count', () => {
    expect(findNonGsm('a’b’c🎉')).toEqual([
      { character: '’', codePoint: 'U+2019', count: 2, replacement: "'" },
      { character: '🎉', codePoint: 'U+1F389', count: 1, replacement: null },
    ]);
  });

  test('finds none exactly for GSM-7 texts, and suggests GSM-7 replacements', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        const found = findNonGsm(text);
        expect(found.length === 0).toBe(detectEncoding(text) === 'gsm7');
        for (const { replacement } of found) expect(detectEncoding(replacement ?? '')).toBe('gsm7');
        expect(findNonGsm(toGsm7(text))).toEqual(found.filter(({ replacement }) => replacement === null));
      }),
    );
  });
});
