import { expect, test } from 'vitest';
import { parseCountry, parsePhone } from '../../src/message/phone.ts';

test.each([
  ['+393901234567', undefined, '+393901234567'],
  [' +39 390 123 4567 ', undefined, '+393901234567'],
  ['+39 (390) 123-4567', undefined, '+393901234567'],
  ['+39.390.1234567', undefined, '+393901234567'],
  ['390 1234567', 'IT', '+393901234567'],
  ['+44 7911 123456', 'IT', '+447911123456'],
  ['07911 123456', 'GB', '+447911123456'],
  ['0039 390 1234567', 'IT', '+393901234567'],
  ['+1 415 555 2671', undefined, '+14155552671'],
] as const)('parses %j with country %s as %s', async (text, country, read) => {
  expect(await parsePhone(text, country)).toBe(read);
});

test.each([
  ['', 'phone.not-e164'],
  ['Ada', 'phone.not-e164'],
  ['+39 390 CALL', 'phone.not-e164'],
  ['+393901234567;ext=5', 'phone.not-e164'],
  ['+393901234567,+393901234568', 'phone.not-e164'],
  ['３９０１２３４５６７', 'phone.not-e164'],
  ['++393901234567', 'phone.not-e164'],
  ['393901234567', 'phone.not-e164'],
  ['00393901234567', 'phone.not-e164'],
  ['+', 'phone.not-e164'],
  ['+39', 'phone.invalid'],
  ['+39390', 'phone.invalid'],
  ['+39390123456789012', 'phone.invalid'],
  ['+999123456789', 'phone.invalid'],
  ['+10000000000', 'phone.invalid'],
])('refuses %j with %s', async (text, code) => {
  await expect(parsePhone(text)).rejects.toMatchObject({ kind: 'usage', code });
});

test.each(['3.93901E+11', '3,93901E+11', '4E11'])(
  'recognizes a number damaged by a spreadsheet: %j',
  async (text) => {
    await expect(parsePhone(text)).rejects.toMatchObject({ hint: expect.stringContaining('spreadsheet') });
  },
);

test.each([
  ['it', 'IT'],
  [' GB ', 'GB'],
])('parses the country %j as %s', async (text, code) => {
  expect(await parseCountry(text)).toBe(code);
});

test.each(['', 'XX', 'ITA', 'Italy', '__proto__', 'constructor'])('refuses the country %j', async (text) => {
  await expect(parseCountry(text)).rejects.toMatchObject({ kind: 'usage', code: 'country.unknown' });
});
