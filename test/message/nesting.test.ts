import { expect, test } from 'vitest';
import { endOfString, findTooDeep, isTooDeep, maxNesting, parseJson } from '../../src/message/nesting.ts';

const nestLists = (depth: number, inner = '') => '['.repeat(depth) + inner + ']'.repeat(depth);
const nestObjects = (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
const largeCount = 100_000;

test.each([
  ['lists at the limit', nestLists(maxNesting), undefined],
  ['lists above the limit', nestLists(maxNesting + 1), maxNesting],
  ['objects at the limit', nestObjects(maxNesting), undefined],
  ['objects above the limit', nestObjects(maxNesting + 1), maxNesting * 5],
  ['100,000 levels', nestLists(largeCount), maxNesting],
  ['100,000 unclosed levels', '['.repeat(largeCount), maxNesting],
  ['brackets within a string', JSON.stringify('['.repeat(largeCount)), undefined],
  ['brackets after a quote within a string', JSON.stringify(`"\\"${'['.repeat(largeCount)}`), undefined],
  ['brackets after a string that ends with a backslash', `["\\\\",${nestLists(largeCount)}]`, 5 + maxNesting],
  ['many siblings', `[${Array(largeCount).fill('[]').join()}]`, undefined],
])('%s', (_, text, place) => {
  expect(findTooDeep(text)).toBe(place);
  if (place === undefined) expect(parseJson(text)).toEqual(JSON.parse(text));
  else expect(() => parseJson(text)).toThrow('nested more than 64 levels deep');
});

test('checks values', () => {
  for (const [text, wanted] of [
    [nestLists(maxNesting), false],
    [nestLists(maxNesting + 1), true],
    [nestObjects(maxNesting), false],
    [nestObjects(largeCount), true],
  ] as const)
    expect([isTooDeep(JSON.parse(text)), findTooDeep(text) !== undefined]).toEqual([wanted, wanted]);
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  expect(isTooDeep(cyclic)).toBe(true);
  // Similar to short YAML with aliases: 2^50 paths, but only fifty lists.
  let shared: unknown = [];
  for (let level = 0; level < 50; level++) shared = [shared, shared];
  expect(isTooDeep(shared)).toBe(false);
});

test('finds the end of a string in one pass', () => {
  expect(endOfString('"a"', 0)).toBe(2);
  expect(endOfString('"a\\"b"', 0)).toBe(5);
  expect(endOfString('"a\\\\"', 0)).toBe(4);
  expect(endOfString('"a', 0)).toBe(2);
  const startedAt = performance.now();
  expect(endOfString(`"${'\\"'.repeat(1_000_000)}"`, 0)).toBe(2_000_001);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
