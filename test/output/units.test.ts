import { expect, test } from 'vitest';
import { formatDuration, formatDurationExactly, formatPercent } from '../../src/output/units.ts';

test.each([
  [0, 10, '0 %'],
  [10, 10, '100 %'],
  [1, 3, '33.3 %'],
  [1, 100_000, '<0.1 %'],
  [99_999, 100_000, '>99.9 %'],
  [0, 0, '0 %'],
])('%i of %i is %s', (count, total, text) => {
  expect(formatPercent(count, total)).toBe(text);
});

test.each([
  [0, '0 s', '0 ms'],
  [450, '0 s', '450 ms'],
  [1_500, '2 s', '1.5 s'],
  [9_980, '10 s', '10 s'],
  [90_000, '90 s', '90 s'],
  [300_000, '5 min', '5 min'],
  [7_200_000, '2 h', '2 h'],
  [7_800_000, '2 h 10 min', '2 h 10 min'],
  [30 * 86_400_000, '30 d', '30 d'],
])('%i ms is %s, or %s', (milliseconds, rough, exact) => {
  expect([formatDuration(milliseconds), formatDurationExactly(milliseconds)]).toEqual([rough, exact]);
});
