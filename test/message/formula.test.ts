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
])('escapes %j as %j and reads it back', (text, literal) => {
  expect(toLiteral(text)).toBe(literal);
  expect(isFormula(literal)).toBe(false);
  expect(fromLiteral(literal)).toBe(text);
});

test.each(['', '+393901234567', '-1', '-1.5', 'a=1', '1+1', "'", "'a", "''", 'Ciao'])('keeps %j', (text) => {
  expect([toLiteral(text), fromLiteral(text)]).toEqual([text, text]);
});

test('reads a number edited after its apostrophe as a number', () => {
  expect(fromLiteral("'+393901234567")).toBe('+393901234567');
});

test('reads back any text', () => {
  const text = fc.oneof(fc.string(), fc.stringMatching(/^['=+\-@\t\r\n 0-9a]{0,8}$/));
  fc.assert(fc.property(text, (one) => fromLiteral(toLiteral(one)) === one && !isFormula(toLiteral(one))));
});
