import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filled, placeholdersOf, refuseSurplus } from '../../src/message/placeholders.ts';

test.each([
  ['Hi {name}', ['name']],
  ['{a}{b}{a}', ['a', 'b']],
  ['{first_name} {last-name} {1} {_x}', ['first_name', 'last-name', '1', '_x']],
  ['{} { name } {a b} {1a} {-a} {a', []],
  ['{{name}}', ['name']],
  ['{"json": true}', []],
])('placeholdersOf(%j) is %j', (text, names) => {
  expect([...placeholdersOf(text)]).toEqual(names);
});

test.each([
  ['Hi {name}', { name: 'Ada' }, 'Hi Ada'],
  ['{a}{b}', { a: '{b}', b: '{a}' }, '{b}{a}'],
  ['{{a}}', { a: 'x' }, '{x}'],
  ['{a}', { a: '' }, ''],
  ['{a}', { a: "$& $1 $$ $'" }, "$& $1 $$ $'"],
  ['no { placeholders }', {}, 'no { placeholders }'],
])('filled(%j, %j) is %j', (text, variables, whole) => {
  expect(filled(text, variables)).toBe(whole);
});

test('names all that is missing', () => {
  expect(() => filled('{a} {b} {a}', {})).toThrow(
    expect.objectContaining({
      code: 'placeholder.missing',
      message: expect.stringContaining('{a}, {b}'),
      hint: 'give it: --var a=VALUE --var b=VALUE',
    }),
  );
});

test.each(['constructor', 'toString', '__proto__'])(
  'a name every object has, {%s}, is missing too',
  (name) => {
    expect(() => filled(`{${name}}`, {})).toThrow(expect.objectContaining({ code: 'placeholder.missing' }));
  },
);

test.each([
  ['nam', ['name', 'city'], 'did you mean --var name=...?'],
  ['zzzzzz', ['name', 'city'], 'it has {name}, {city}'],
  ['name', [], 'leave --var away'],
])('a surplus value %s against %j', (name, known, hint) => {
  expect(() => refuseSurplus({ [name]: 'x' }, new Set(known), 'the message')).toThrow(
    expect.objectContaining({ code: 'placeholder.unknown', hint }),
  );
});

test('values are never searched again, whatever braces they hold', () => {
  const value = fc.string({ unit: fc.constantFrom('{', '}', 'a', 'b', '1', '$', '&') });
  fc.assert(
    fc.property(value, value, value, (a, b, between) => {
      const plain = between.replaceAll(/[{}]/g, '');
      expect(filled(`{a}${plain}{b}`, { a, b })).toBe(a + plain + b);
    }),
  );
});
