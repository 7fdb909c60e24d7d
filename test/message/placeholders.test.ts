import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import { findHint } from '../../src/input/hints.ts';
import { assertKnownPlaceholders, findPlaceholders, renderText } from '../../src/message/placeholders.ts';

function catchFailure(act: () => unknown): Failure {
  try {
    act();
  } catch (cause) {
    if (cause instanceof Failure) return cause;
    throw cause;
  }
  throw new Error('nothing was refused');
}

test.each([
  ['Hi {name}', ['name']],
  ['{a}{b}{a}', ['a', 'b']],
  ['{first_name} {last-name} {1} {_x}', ['first_name', 'last-name', '1', '_x']],
  ['{} { name } {a b} {1a} {-a} {a', []],
  ['{{name}} {{ city }}', ['name', 'city']],
  ['{"json": true}', []],
])('finds placeholders of %j: %j', (text, names) => {
  expect([...findPlaceholders(text)]).toEqual(names);
});

test.each([
  ['Hi {name}', { name: 'Ada' }, 'Hi Ada'],
  ['{a}{b}', { a: '{b}', b: '{a}' }, '{b}{a}'],
  ['{{a}}', { a: 'x' }, 'x'],
  ['{{ a }}', { a: 'x' }, 'x'],
  ['{{{a}}}', { a: 'x' }, '{x}'],
  ['{a}', { a: '' }, ''],
  ['{a}', { a: "$& $1 $$ $'" }, "$& $1 $$ $'"],
  ['no { placeholders }', {}, 'no { placeholders }'],
])('renders %j with %j as %j', (text, variables, whole) => {
  expect(renderText(text, variables)).toBe(whole);
});

test('names all missing variables', () => {
  const failure = catchFailure(() => renderText('{a} {b} {a}', {}));
  expect(failure).toMatchObject({
    code: 'placeholder.missing',
    message: expect.stringContaining('{a}, {b}'),
  });
  expect(findHint(failure)).toBe('add --var a=VALUE --var b=VALUE');
});

test.each(['constructor', 'toString', '__proto__'])(
  '{%s}, a property of every object, counts as missing too',
  (name) => {
    expect(() => renderText(`{${name}}`, {})).toThrow(
      expect.objectContaining({ code: 'placeholder.missing' }),
    );
  },
);

test.each([
  ['nam', ['name', 'city'], 'did you mean --var name=...?'],
  ['zzzzzz', ['name', 'city'], 'it has {name}, {city}'],
  ['name', [], 'remove --var'],
])('refuses the unknown variable %s for %j', (name, known, hint) => {
  const failure = catchFailure(() => assertKnownPlaceholders({ [name]: 'x' }, new Set(known), 'the message'));
  expect(failure.code).toBe('placeholder.unknown');
  expect(findHint(failure)).toBe(hint);
});

test('does not replace placeholders within values', () => {
  const value = fc.string({ unit: fc.constantFrom('{', '}', 'a', 'b', '1', '$', '&') });
  fc.assert(
    fc.property(value, value, value, (a, b, between) => {
      const plain = between.replaceAll(/[{}]/g, '');
      expect(renderText(`{a}${plain}{b}`, { a, b })).toBe(a + plain + b);
    }),
  );
});
