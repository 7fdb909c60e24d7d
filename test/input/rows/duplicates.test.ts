import { expect, test } from 'vitest';
import { DuplicateIndex } from '../../../src/input/rows/duplicates.ts';

test('refers a duplicate to its first line among many rows', () => {
  const duplicates = new DuplicateIndex();
  const rowCount = 50_000;
  const key = (i: number) => `+3939${String(i).padStart(8, '0')}\0Your code is ${i % 7}`;
  const before = Array.from({ length: rowCount }, (_, i) => duplicates.firstLine(key(i), i + 1));
  expect(before.filter((line) => line !== undefined)).toEqual([]);
  expect(duplicates.firstLine(key(0), 99_999)).toBe(1);
  expect(Array.from({ length: rowCount }, (_, i) => duplicates.firstLine(key(i), 99_999))).toEqual(
    Array.from({ length: rowCount }, (_, i) => i + 1),
  );
});

test('tells rows apart that differ only in order', () => {
  const duplicates = new DuplicateIndex();
  const keys = ['ab', 'ba', 'a\0b', 'ab\0', '\0ab', '', '\0', '\0\0', 'é', 'e'];
  expect(keys.map((key, index) => duplicates.firstLine(key, index + 1))).toEqual(keys.map(() => undefined));
});
