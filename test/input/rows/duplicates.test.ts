import { expect, test } from 'vitest';
import { DuplicateIndex } from '../../../src/input/rows/duplicates.ts';

test('a duplicate refers to its first line, however many there are', () => {
  const doubles = new DuplicateIndex();
  const many = 50_000;
  const key = (i: number) => `+3939${String(i).padStart(8, '0')}\0Your code is ${i % 7}`;
  const before = Array.from({ length: many }, (_, i) => doubles.firstLine(key(i), i + 1));
  expect(before.filter((line) => line !== undefined)).toEqual([]);
  expect(doubles.firstLine(key(0), 99_999)).toBe(1);
  expect(Array.from({ length: many }, (_, i) => doubles.firstLine(key(i), 99_999))).toEqual(
    Array.from({ length: many }, (_, i) => i + 1),
  );
});

test('rows that differ only in order are no duplicates', () => {
  const doubles = new DuplicateIndex();
  const keys = ['ab', 'ba', 'a\0b', 'ab\0', '\0ab', '', '\0', '\0\0', 'é', 'e'];
  expect(keys.map((key, index) => doubles.firstLine(key, index + 1))).toEqual(keys.map(() => undefined));
});
