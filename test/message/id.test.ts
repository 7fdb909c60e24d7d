import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMessageId } from '../../src/message/id.ts';

test.each(['a', '7', 'order-17', '0198c0de-0000-7000-8000-000000000001', 'a.b_c:d-e', 'x'.repeat(128)])(
  '%j is an id',
  (text) => {
    expect(parseMessageId(text)).toBe(text);
  },
);

test.each([
  '',
  ' a',
  'a b',
  'a,b',
  'a/b',
  'a?b',
  'a#b',
  'a%20',
  '.',
  '..',
  '-a',
  'è',
  'a\n',
  'x'.repeat(129),
])('%j is not', (text) => {
  expect(() => parseMessageId(text)).toThrow(expect.objectContaining({ kind: 'usage', code: 'id.invalid' }));
});

test('what passes means nothing in a URL and in a list', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom(...'aZ0._:-,/?#% ') })), (text) => {
      try {
        parseMessageId(text);
      } catch {
        return;
      }
      expect(new URL(`https://x/a/${text}`).pathname).toBe(`/a/${text}`);
      expect(text.split(',')).toEqual([text]);
    }),
  );
});
