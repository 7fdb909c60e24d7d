import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countParts, countSeptets, detectEncoding } from '../../src/message/sms.ts';

describe('encoding', () => {
  /** TS 23.038 clause 6.2.1, column by column as printed in the standard (without ESC). */
  const alphabet = [
    '@£$¥èéùìòÇ\nØø\rÅå',
    'Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ',
    ' !"#¤%&\'()*+,-./',
    '0123456789:;<=>?',
    '¡ABCDEFGHIJKLMNO',
    'PQRSTUVWXYZÄÖÑÜ§',
    '¿abcdefghijklmno',
    'pqrstuvwxyzäöñüà',
  ].join('');

  test('has 127 characters of one septet and ten extension characters of two', () => {
    expect(alphabet).toHaveLength(127);
    for (const character of alphabet)
      expect([character, countSeptets(character.charCodeAt(0))]).toEqual([character, 1]);
    for (const character of '\f^{}\\[~]|€')
      expect([character, countSeptets(character.charCodeAt(0))]).toEqual([character, 2]);
    const coded = Array.from({ length: 0x10000 }, (_, unit) => unit).filter((unit) => countSeptets(unit) > 0);
    expect(coded).toHaveLength(137);
  });

  test.each([
    ['', 'gsm7'],
    ['Ciao', 'gsm7'],
    ['perché no? è così', 'gsm7'],
    ['perché no? può', 'gsm7'],
    ['señor, âme', 'ucs2'],
    ['100 €', 'gsm7'],
    ['ç', 'ucs2'],
    ['Ç', 'gsm7'],
    ['`', 'ucs2'],
    ['\t', 'ucs2'],
    ['\u001B', 'ucs2'],
    ['\u00A0', 'ucs2'],
    ['’', 'ucs2'],
    ['👍', 'ucs2'],
    ['Ω', 'gsm7'],
    ['\u2126', 'ucs2'],
  ] as const)('detectEncoding(%j) is %s', (text, encoding) => {
    expect(detectEncoding(text)).toBe(encoding);
  });

  test('uses ucs2 for a text with one character outside the alphabet', () => {
    const gsm = fc.string({ unit: fc.constantFrom(...alphabet, ...'\f^{}\\[~]|€') });
    fc.assert(
      fc.property(gsm, gsm, (before, after) => {
        expect(detectEncoding(before + after)).toBe('gsm7');
        expect(detectEncoding(`${before}ç${after}`)).toBe('ucs2');
      }),
    );
  });
});

describe('parts', () => {
  const room = { gsm7: { single: 160, part: 153 }, ucs2: { single: 70, part: 67 } };

  /** Splits into indivisible units: escaped characters and surrogate pairs take two, the rest one. */
  function splitUnits(text: string): string[] {
    if (detectEncoding(text) === 'gsm7')
      return Array.from(text, (character) =>
        '\f^{}\\[~]|€'.includes(character) ? `\u001B${character}` : character,
      );
    return Array.from(text);
  }

  /** Splits the text into parts, literally. */
  function splitParts(text: string): string[] {
    const { single, part } = room[detectEncoding(text)];
    const whole = splitUnits(text);
    if (whole.join('').length <= single) return [whole.join('')];
    const parts = [''];
    for (const piece of whole) {
      const last = parts.at(-1) ?? '';
      if (last.length + piece.length <= part) parts[parts.length - 1] = last + piece;
      else parts.push(piece);
    }
    return parts;
  }

  const a = (times: number) => 'a'.repeat(times);
  const x = (times: number) => 'ж'.repeat(times);

  test.each([
    ['empty', '', 'gsm7', 1, 0, 160],
    ['one below the limit', a(159), 'gsm7', 1, 159, 1],
    ['at the limit', a(160), 'gsm7', 1, 160, 0],
    ['one above the limit', a(161), 'gsm7', 2, 8, 145],
    ['two full parts', a(306), 'gsm7', 2, 153, 0],
    ['two full parts and one character', a(307), 'gsm7', 3, 1, 152],
    ['ten full parts', a(1530), 'gsm7', 10, 153, 0],
    ['euro sign that fits', `${a(158)}€`, 'gsm7', 1, 160, 0],
    ['euro sign that does not fit', `${a(159)}€`, 'gsm7', 2, 8, 145],
    ['euro sign across a part boundary', `${a(152)}€${a(7)}`, 'gsm7', 2, 9, 144],
    ['euro sign across the second boundary', `${a(305)}€`, 'gsm7', 3, 2, 151],
    ['306 septets that need three parts', `${a(152)}€${a(152)}`, 'gsm7', 3, 1, 152],
    ['only euro signs', '€'.repeat(80), 'gsm7', 1, 160, 0],
    ['76 euro signs per part', '€'.repeat(152), 'gsm7', 2, 152, 1],
    ['ucs2 at the limit', x(70), 'ucs2', 1, 70, 0],
    ['ucs2, one above the limit', x(71), 'ucs2', 2, 4, 63],
    ['ucs2, two full parts', x(134), 'ucs2', 2, 67, 0],
    ['ucs2, two full parts and one character', x(135), 'ucs2', 3, 1, 66],
    ['emoji at the end of a single part', `${x(68)}👍`, 'ucs2', 1, 70, 0],
    ['emoji across 67/68', `${x(66)}👍${x(3)}`, 'ucs2', 2, 5, 62],
    ['emoji that ends a part', `${x(65)}👍${x(4)}`, 'ucs2', 2, 4, 63],
    ['134 units that need three parts', `${x(66)}👍${x(66)}`, 'ucs2', 3, 1, 66],
    ['33 emoji per part', '👍'.repeat(66), 'ucs2', 2, 66, 1],
    ['euro sign costs one unit in ucs2', `${x(69)}€`, 'ucs2', 1, 70, 0],
    ['lone surrogates are single units', `${x(66)}\uD83D${x(4)}`, 'ucs2', 2, 4, 63],
  ] as const)('%s', (_, text, encoding, parts, used, left) => {
    expect(countParts(text)).toEqual({ encoding, parts, used, left });
  });

  test('agrees with literal splitting', () => {
    const units = [
      fc.constantFrom('a', '€', '[', '\n', 'è'),
      fc.constantFrom('a', '€', 'ж', '👍', '👨‍👩‍👧', '\uD83D', '\uDE00', 'ç'),
    ];
    const text = fc.oneof(
      ...units.map((unit) => fc.string({ unit, maxLength: 800, size: 'max' })),
      ...units.map((unit) =>
        fc
          .tuple(fc.integer({ min: 140, max: 170 }), fc.string({ unit, maxLength: 40 }), fc.nat(330))
          .map(([before, middle, after]) => a(before) + middle + a(after)),
      ),
      ...units.map((unit) =>
        fc
          .tuple(fc.integer({ min: 60, max: 72 }), fc.string({ unit, maxLength: 20 }), fc.nat(150))
          .map(([before, middle, after]) => x(before) + middle + x(after)),
      ),
    );
    fc.assert(
      fc.property(text, (text) => {
        const parts = splitParts(text);
        expect(countParts(text)).toMatchObject({ parts: parts.length, used: parts.at(-1)?.length });
      }),
      { numRuns: 2000 },
    );
  });

  test('reports the exact number of characters left', () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.boolean(), (length, narrow) => {
        const text = narrow ? a(length) : x(Math.max(length, 1));
        const { parts, left } = countParts(text);
        expect(countParts(text + a(left)).parts).toBe(parts);
        expect(countParts(text + a(left + 1)).parts).toBe(parts + 1);
      }),
    );
  });
});
