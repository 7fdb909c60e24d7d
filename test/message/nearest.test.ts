import fc from 'fast-check';
import { expect, test } from 'vitest';
import { findNearest } from '../../src/message/nearest.ts';

const words = ['send', 'status', 'templates', 'sandbox', 'credit', 'whoami'];

test.each([
  ['sned', 'send'],
  ['snd', 'send'],
  ['satus', 'status'],
  ['STATUS', 'status'],
  ['template', 'templates'],
  ['sandbxo', 'sandbox'],
  ['wohami', 'whoami'],
  ['xyzzy', undefined],
  ['', undefined],
  ['completely-else', undefined],
])('the nearest word to %j is %s', (word, meant) => {
  expect(findNearest(word, words)).toBe(meant);
});

test('prefers the first of two equally near words', () => {
  expect(findNearest('cat', ['bat', 'hat'])).toBe('bat');
});

test('finds a word itself, also with two letters swapped', () => {
  fc.assert(
    fc.property(fc.constantFrom(...words), fc.nat(), (word, where) => {
      const at = where % (word.length - 1);
      const swapped = word.slice(0, at) + (word[at + 1] ?? '') + (word[at] ?? '') + word.slice(at + 2);
      expect(findNearest(word, words)).toBe(word);
      expect(findNearest(swapped, words)).toBe(word);
    }),
  );
});
