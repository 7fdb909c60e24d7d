import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromLiteral, isFormula, toLiteral } from '../../src/message/formula.ts';

test.each([
  ['=1+1', "'=1+1"],
  ['+1+1', "'+1+1"],
  ['-1+1', "'-1+1"],
  ['@SUM(A1)', "'@SUM(A1)"],
  ['＝1', "'＝1"],
  ['  =1', "'  =1"],
  ['\t1', "'\t1"],
  ['\r1', "'\r1"],
  ['\n=1', "'\n=1"],
  ['+39 390 123', "'+39 390 123"],
  ["'=1", "''=1"],
  ["'+393901234567", "''+393901234567"],
])('%j is written as %j, and read back', (text, literal) => {
  expect(toLiteral(text)).toBe(literal);
  expect(isFormula(literal)).toBe(false);
  expect(fromLiteral(literal)).toBe(text);
});

test.each(['', '+393901234567', '-1', '-1.5', 'a=1', '1+1', "'", "'a", "''", 'Ciao'])('%j stays', (text) => {
  expect([toLiteral(text), fromLiteral(text)]).toEqual([text, text]);
});

test('a number edited behind its apostrophe is read as a number', () => {
  expect(fromLiteral("'+393901234567")).toBe('+393901234567');
});

test('any text is read back as it was written', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^['=+\-@\t\r\n 0-9a]{0,8}$/));
  fc.assert(fc.property(text, (one) => fromLiteral(toLiteral(one)) === one && !isFormula(toLiteral(one))));
});
