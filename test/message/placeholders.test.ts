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
  ['{{name}} {{ city }}', ['name', 'city']],
  // Any header of a spreadsheet is a name.
  ['{First Name}', ['First Name']],
  ['{Città}', ['Città']],
  ['{Citta\u0300}', ['Città']],
  ['{order.id}', ['order.id']],
  ['{ name }', ['name']],
  ['{\u00a0name\u200b}', ['name']],
  ['{First   Name}', ['First Name']],
  ['{First\nName}', ['First Name']],
  ['{price (€)}', ['price (€)']],
  ['{1a} {-a} {#}', ['1a', '-a', '#']],
  ['{имя} {名前} {الاسم}', ['имя', '名前', 'الاسم']],
  ['{"json": true}', ['"json": true']],
  ['{{First Name}}', ['First Name']],
  // Escaped braces are text.
  ['\\{name\\}', []],
  ['\\{name}', []],
  ['\\\\{name}', ['name']],
  ['\\\\\\{name\\}', []],
  ['C:\\temp\\{a}', []],
  ['C:\\temp {a}', ['a']],
  // What is no placeholder has no name.
  ['{} {a', []],
])('finds placeholders of %j: %j', (text, names) => {
  expect([...findPlaceholders(text)]).toEqual(names);
});

test.each([
  ['Hi {name}', { name: 'Ada' }, 'Hi Ada'],
  ['{a}{b}', { a: '{b}', b: '{a}' }, '{b}{a}'],
  ['{{a}}', { a: 'x' }, 'x'],
  ['{{ a }}', { a: 'x' }, 'x'],
  ['{a}', { a: '' }, ''],
  ['{a}', { a: "$& $1 $$ $'" }, "$& $1 $$ $'"],
  ['{First Name}', { 'First Name': 'Ada' }, 'Ada'],
  ['{ First  Name }', { 'First Name': 'Ada' }, 'Ada'],
  ['{Città}', { 'Citta\u0300': 'Roma' }, 'Roma'],
  ['{order.id}', { 'order.id': '7' }, '7'],
  // Case counts only if it tells two names apart.
  ['{nome}', { Nome: 'Ada' }, 'Ada'],
  ['{NOME} {Nome}', { nome: 'Ada' }, 'Ada Ada'],
  ['{Nome}', { nome: 'a', Nome: 'b' }, 'b'],
  ['{CITTÀ}', { città: 'Roma' }, 'Roma'],
  ['\\{a\\}', {}, '{a}'],
  ['\\{{a}\\}', { a: 'x' }, '{x}'],
  ['\\\\{a}', { a: 'x' }, '\\x'],
  ['\\\\\\{a\\}', {}, '\\{a}'],
  ['C:\\temp \\n', {}, 'C:\\temp \\n'],
  [':-\\}', {}, ':-}'],
])('renders %j with %j as %j', (text, variables, whole) => {
  expect(renderText(text, variables)).toBe(whole);
});

test.each([
  ['Hi {', '{'],
  ['Hi {name', '{name'],
  ['Hi name}', '}'],
  ['Hi {}', '{}'],
  ['Hi { }', '{ }'],
  ['Hi {{}}', '{{}}'],
  ['Hi {{name}', '{{name}'],
  ['Hi {name}}', '}'],
  ['Hi {{{name}}}', '{{{name}}}'],
  ['Hi {a{b}', '{a'],
  ['{first} and {second and more text than an error should show', '{second and more text than an…'],
])('refuses %j, since %j is no placeholder', (text, shown) => {
  const failure = catchFailure(() => renderText(text, { name: 'x', a: 'x', b: 'x', first: 'x' }));
  expect(failure.code).toBe('placeholder.malformed');
  expect(failure.message).toContain(JSON.stringify(shown));
  expect(findHint(failure)).toContain('\\{');
});

test.each([
  ['{name}', { Name: 'a', NAME: 'b' }, '{name} could be Name or NAME'],
  ['{cittÀ}', { CITTÀ: 'a', Città: 'b' }, '{cittÀ} could be CITTÀ or Città'],
])('refuses %j for %j, which is ambiguous', (text, variables, what) => {
  const failure = catchFailure(() => renderText(text, variables));
  expect(failure).toMatchObject({ code: 'placeholder.missing', message: expect.stringContaining(what) });
});

test('no text with braces leaves as written', () => {
  const text = fc
    .array(fc.constantFrom('{', '}', '{{', '}}', '\\', 'a', 'B c', ' '), { maxLength: 12 })
    .map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(text, (written) => {
      let rendered: string;
      try {
        rendered = renderText(written, { a: '1', 'B c': '2', aa: '3' });
      } catch (cause) {
        expect(cause).toBeInstanceOf(Failure);
        return;
      }
      // The only braces left were escaped.
      const escaped = written.match(/\\[{}]/g) ?? [];
      expect((rendered.match(/[{}]/g) ?? []).length).toBeLessThanOrEqual(escaped.length);
    }),
  );
});

test('names all missing variables', () => {
  const failure = catchFailure(() => renderText('{a} {b} {a}', {}));
  expect(failure).toMatchObject({
    code: 'placeholder.missing',
    message: expect.stringContaining('{a}, {b}'),
  });
  expect(findHint(failure)).toBe('add --var a=VALUE --var b=VALUE');
});

test('quotes names for the shell', () => {
  expect(findHint(catchFailure(() => renderText('{First Name}', {})))).toBe("add --var 'First Name=VALUE'");
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
  ['Last Nam', ['Last Name'], "did you mean --var 'Last Name=...'?"],
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
