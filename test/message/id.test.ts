import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMessageId, parseSender } from '../../src/message/id.ts';

describe('message ids', () => {
  test.each(['a', '7', 'order-17', '0198c0de-0000-7000-8000-000000000001', 'a.b_c:d-e', 'x'.repeat(128)])(
    'accepts %j',
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
  ])('refuses %j', (text) => {
    expect(() => parseMessageId(text)).toThrow(
      expect.objectContaining({ kind: 'usage', code: 'id.invalid' }),
    );
  });

  test('contain no characters that are special in URLs and lists', () => {
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
});

describe('senders', () => {
  test.each([
    ['Acme', 'Acme'],
    ['  Acme ', 'Acme'],
    ['A', 'A'],
    ['12345678901', '12345678901'],
    ['Agile4Tele1', 'Agile4Tele1'],
    ['1234567890123456', '1234567890123456'],
    ['+393901234567', '+393901234567'],
  ])('accepts %j', (text, read) => {
    expect(parseSender(text)).toBe(read);
  });

  test.each([
    '',
    ' ',
    'Agile4Tele12',
    '12345678901234567',
    'My Shop',
    'A-B',
    'Caffè',
    '+Acme',
    '++39',
    '+',
    'Acme\n1',
  ])('refuses %j', (text) => {
    expect(() => parseSender(text)).toThrow(
      expect.objectContaining({ kind: 'usage', code: 'sender.invalid' }),
    );
  });
});
