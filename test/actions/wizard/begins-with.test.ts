import { expect, test } from 'vitest';
import { beginsWith } from '../../../src/actions/wizard/destination.ts';
import type { Phone } from '../../../src/message/phone.ts';

test.each([
  ['347', true],
  ['347 12', true],
  ['3471234567', true],
  ['39347', true],
  ['+39347', true],
  ['+39 347-12', true],
  ['0039347', true],
  ['+347', false],
  ['471', false],
  ['234567', false],
  ['1234', false],
  ['+1', false],
  ['00347', false],
  ['Ada', false],
  ['347x', false],
  ['', false],
])('Enter on %j picks +39 347 123 4567: %s', (typed, expected) => {
  expect(beginsWith('+393471234567' as Phone, '+39 347 123 4567', typed)).toBe(expected);
});
