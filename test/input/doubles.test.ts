import { expect, test } from 'vitest';
import { Doubles } from '../../src/input/rows/duplicates.ts';

test('the line that said it first, however many there are', () => {
  const doubles = new Doubles();
  const many = 50_000;
  const key = (i: number) => `+3939${String(i).padStart(8, '0')}\0Your code is ${i % 7}`;
  const before = Array.from({ length: many }, (_, i) => doubles.first(key(i), i + 1));
  expect(before.filter((line) => line !== undefined)).toEqual([]);
  expect(doubles.first(key(0), 99_999)).toBe(1);
  expect(Array.from({ length: many }, (_, i) => doubles.first(key(i), 99_999))).toEqual(
    Array.from({ length: many }, (_, i) => i + 1),
  );
});

test('what differs only in its order differs', () => {
  const doubles = new Doubles();
  const keys = ['ab', 'ba', 'a\0b', 'ab\0', '\0ab', '', '\0', '\0\0', 'é', 'e'];
  expect(keys.map((key, index) => doubles.first(key, index + 1))).toEqual(keys.map(() => undefined));
});
