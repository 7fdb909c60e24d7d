import { expect, test } from 'vitest';
import { endOfString, findTooDeep, isTooDeep, maxNesting, parseJson } from '../../src/message/nesting.ts';

const lists = (depth: number, inner = '') => '['.repeat(depth) + inner + ']'.repeat(depth);
const objects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const many = 100_000;

test.each([
  ['lists at the bound', lists(maxNesting), undefined],
  ['lists beyond it', lists(maxNesting + 1), maxNesting],
  ['objects at the bound', objects(maxNesting), undefined],
  ['objects beyond it', objects(maxNesting + 1), maxNesting * 5],
  ['a hundred thousand levels', lists(many), maxNesting],
  ['a hundred thousand that are never closed', '['.repeat(many), maxNesting],
  ['brackets within a text', JSON.stringify('['.repeat(many)), undefined],
  ['brackets behind a quote within a text', JSON.stringify(`"\\"${'['.repeat(many)}`), undefined],
  ['brackets behind a text that ends with a backslash', `["\\\\",${lists(many)}]`, 5 + maxNesting],
  ['many beside each other', `[${Array(many).fill('[]').join()}]`, undefined],
])('%s', (_, text, place) => {
  expect(findTooDeep(text)).toBe(place);
  if (place === undefined) expect(parseJson(text)).toEqual(JSON.parse(text));
  else expect(() => parseJson(text)).toThrow('nested more than 64 levels deep');
});

test('values as texts', () => {
  for (const [text, wanted] of [
    [lists(maxNesting), false],
    [lists(maxNesting + 1), true],
    [objects(maxNesting), false],
    [objects(many), true],
  ] as const)
    expect([isTooDeep(JSON.parse(text)), findTooDeep(text) !== undefined]).toEqual([wanted, wanted]);
  const own: unknown[] = [];
  own.push(own);
  expect(isTooDeep(own)).toBe(true);
  // As YAML writes it with few letters: two to the fiftieth paths, and fifty lists.
  let shared: unknown = [];
  for (let level = 0; level < 50; level++) shared = [shared, shared];
  expect(isTooDeep(shared)).toBe(false);
});

test('where a text ends, in one pass', () => {
  expect(endOfString('"a"', 0)).toBe(2);
  expect(endOfString('"a\\"b"', 0)).toBe(5);
  expect(endOfString('"a\\\\"', 0)).toBe(4);
  expect(endOfString('"a', 0)).toBe(2);
  const begin = performance.now();
  expect(endOfString(`"${'\\"'.repeat(1_000_000)}"`, 0)).toBe(2_000_001);
  expect(performance.now() - begin).toBeLessThan(1_000);
});
