import fc from 'fast-check';
import { expect, test } from 'vitest';
import { measureWidth, shorten } from '../../src/output/width.ts';

test.each([
  ['hello', 5, 'hello'],
  ['hello', 4, 'hel…'],
  ['hello', 1, '…'],
  ['hello', 0, ''],
  ['', 0, ''],
  ['日本語', 6, '日本語'],
  ['日本語', 5, '日本…'],
  ['日本語', 4, '日…'],
  ['👨‍👩‍👧 family', 4, '👨‍👩‍👧 …'],
  ['👨‍👩‍👧 family', 2, '…'],
  ['e\u0301e\u0301e\u0301', 2, 'e\u0301…'],
  ['\u001B[31mhello\u001B[39m', 5, '\u001B[31mhello\u001B[39m'],
  ['\u001B[31mhello\u001B[39m you', 3, '\u001B[31mhe…\u001B[39m'],
])('shorten(%j, %i) is %j', (text, room, cut) => {
  expect(shorten(text, room, '…')).toBe(cut);
});

test('is never wider than the limit, and unchanged if it fits', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('a', '日', '👍', '🫠', 'e\u0301', '\u001B[31m', '\u001B[39m', '한'),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 1 }),
    ),
  });
  fc.assert(
    fc.property(text, fc.nat(20), fc.constantFrom('…', '...'), (text, room, more) => {
      const cut = shorten(text, room, more);
      expect(measureWidth(cut)).toBeLessThanOrEqual(room);
      if (measureWidth(text) <= room) expect(cut).toBe(text);
    }),
    { numRuns: 2000 },
  );
});
