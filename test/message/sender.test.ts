import { expect, test } from 'vitest';
import { parseSender } from '../../src/message/id.ts';

test.each([
  ['Acme', 'Acme'],
  ['  Acme ', 'Acme'],
  ['A', 'A'],
  ['12345678901', '12345678901'],
  ['Agile4Tele1', 'Agile4Tele1'],
  ['1234567890123456', '1234567890123456'],
  ['+393901234567', '+393901234567'],
])('%j is a sender', (text, read) => {
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
])('%j is not', (text) => {
  expect(() => parseSender(text)).toThrow(expect.objectContaining({ kind: 'usage', code: 'sender.invalid' }));
});
