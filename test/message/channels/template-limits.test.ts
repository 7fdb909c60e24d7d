import { expect, test } from 'vitest';
import {
  describeTooLong,
  findRefusedValue,
  listLimitedParts,
} from '../../../src/message/channels/template-limits.ts';

test.each([
  ['Mario', undefined],
  ['', undefined],
  ['a    b', undefined],
  ['a     b', 'name'],
  ['     ', 'name'],
  ['a\nb', 'name'],
  ['a\r\nb', 'name'],
  ['a\tb', 'name'],
  ['a\u2028b', 'name'],
  ['a\u0085b', 'name'],
  ['a \u00a0 \u00a0 b', undefined],
])('the value %j of a template: %s is refused', (value, name) => {
  expect(findRefusedValue({ first: 'x', name: value })).toBe(name);
});

test.each([
  ['Hi {name}', { name: 'x'.repeat(57) }, []],
  ['Hi {name}', { name: 'x'.repeat(58) }, ['the header has 61 characters, WhatsApp allows 60']],
  ['{{1}} {{1}}', { 1: 'x'.repeat(30) }, ['the header has 61 characters, WhatsApp allows 60']],
  ['Hi {name}', { name: '😀'.repeat(57) }, []],
  ['Hi', {}, []],
])('the header %j with its values', (header, values, problems) => {
  const parts = listLimitedParts('whatsapp', { header, text: null, footer: null });
  expect(describeTooLong(parts, values as Record<string, string>)).toEqual(problems);
});

test('the footer has a limit too', () => {
  const parts = listLimitedParts('whatsapp', { header: null, text: null, footer: 'foot {f}' });
  expect(describeTooLong(parts, { f: 'x'.repeat(56) })).toEqual([
    'the footer has 61 characters, WhatsApp allows 60',
  ]);
});

test('the body has a limit too, and RCS has none', () => {
  const content = { header: null, text: '{a}', footer: null };
  const values = { a: 'x'.repeat(1_025) };
  expect(describeTooLong(listLimitedParts('whatsapp', content), values)).toEqual([
    'the body has 1025 characters, WhatsApp allows 1024',
  ]);
  expect(listLimitedParts('rcs', content)).toEqual([]);
});
