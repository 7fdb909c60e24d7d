import { describe, expect, test } from 'vitest';
import { splitPieces } from '../../src/message/placeholders.ts';
import {
  compareValues,
  listPlaceholders,
  renderContent,
  type TemplateContent,
} from '../../src/message/template.ts';

const nothing: TemplateContent = {
  header: null,
  media: null,
  text: null,
  footer: null,
  cards: [],
  buttons: [],
  fallbackSms: null,
};

const describePieces = (text: string, values: Record<string, string>) =>
  splitPieces(text, values).map(({ text, name, hasValue }) =>
    name === null ? text : `${hasValue ? '=' : '?'}${text}`,
  );

describe('parsing text', () => {
  test.each([
    ['', {}, []],
    ['plain', {}, ['plain']],
    ['Hi {name}!', { name: 'Mario' }, ['Hi ', '=Mario', '!']],
    ['Hi {name}!', {}, ['Hi ', '?{name}', '!']],
    ['{{1}}{{ 2 }}', { 1: 'a', 2: 'b' }, ['=a', '=b']],
    ['{{1}} {1}', { 1: 'a' }, ['=a', ' ', '=a']],
    ['{a}', { a: '{b}', b: 'x' }, ['={b}']],
    ['{a}', { a: '' }, ['=']],
    ['{toString}', {}, ['?{toString}']],
    ['{ name } {} {a b} {', {}, ['?{ name }', ' {} ', '?{a b}', ' {']],
    ['{First Name}', { 'first name': 'Ada' }, ['=Ada']],
  ])('parses %j with %j', (text, values, pieces) => {
    expect(describePieces(text, values as Record<string, string>)).toEqual(pieces);
  });
});

const rich: TemplateContent = {
  ...nothing,
  text: 'a {one} {two}',
  header: '{zero}',
  footer: '{one}',
  cards: [
    {
      title: '{three}',
      description: null,
      media: { url: 'https://x/{pic}.jpg', height: 'tall', kind: 'image' },
      buttons: [{ kind: 'url', text: 'go', target: 'https://x/{{4}}' }],
    },
  ],
  fallbackSms: { sender: 'ACME', text: '{five}' },
};

test('lists placeholders once, in order of appearance', () => {
  expect(listPlaceholders(rich)).toEqual(['zero', 'one', 'two', 'pic', 'three', '4', 'five']);
  expect(listPlaceholders(nothing)).toEqual([]);
});

test('renders all parts and keeps placeholders without a value', () => {
  const filled = renderContent(rich, { one: '1', pic: 'p', 4: 'f', five: '5' });
  expect(filled).toMatchObject({
    header: '{zero}',
    text: 'a 1 {two}',
    footer: '1',
    cards: [{ media: { url: 'https://x/p.jpg' }, buttons: [{ target: 'https://x/f' }] }],
    fallbackSms: { sender: 'ACME', text: '5' },
  });
  expect(listPlaceholders(filled)).toEqual(['zero', 'two', 'three']);
});

describe('comparing values with placeholders', () => {
  const required = { placeholders: ['name', 'code'], presets: { name: 'customer' } };
  test.each([
    [{ code: '1' }, [], [], []],
    [{}, [], ['code'], []],
    [{ cod: '1' }, [], ['code'], [['cod', 'code']]],
    [{ code: '1', nmae: 'x' }, [], [], [['nmae', 'name']]],
    [{ code: '1', other: 'x' }, [], [], [['other', undefined]]],
    [{ code: '1', other: 'x' }, ['other'], [], []],
    [{ code: '' }, [], [], []],
  ])('%j, other names %j', (values, elsewhere, missing, surplus) => {
    const found = compareValues(required, values as Record<string, string>, new Set(elsewhere as string[]));
    expect(found.missing).toEqual(missing);
    expect(found.surplus.map(({ name, meant }) => [name, meant])).toEqual(surplus);
  });
});
