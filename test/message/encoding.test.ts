import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countSeptets, detectEncoding } from '../../src/message/sms.ts';

/** TS 23.038 clause 6.2.1 once more, column by column as the standard prints it (ESC left out). */
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

test('the default alphabet has 127 characters of one septet, the extension ten of two', () => {
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
] as const)('encodingOf(%j) is %s', (text, encoding) => {
  expect(detectEncoding(text)).toBe(encoding);
});

test('one character outside the alphabet makes the whole text ucs2', () => {
  const gsm = fc.string({ unit: fc.constantFrom(...alphabet, ...'\f^{}\\[~]|€') });
  fc.assert(
    fc.property(gsm, gsm, (before, after) => {
      expect(detectEncoding(before + after)).toBe('gsm7');
      expect(detectEncoding(`${before}ç${after}`)).toBe('ucs2');
    }),
  );
});
