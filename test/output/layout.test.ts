import fc from 'fast-check';
import { expect, test } from 'vitest';
import { columnGap, fitColumns } from '../../src/output/formats/table.ts';

test.each([
  [[10, 10], 80, [], [10, 10]],
  [[10, 100], 42, [], [10, 30]],
  [[100, 100], 42, [], [20, 20]],
  [[36, 100], 42, [0], [34, 6]],
  [[36, 20, 20], 60, [0], [36, 10, 10]],
  [[36, 20, 20], 20, [0], [6, 5, 5]],
  [[5, 5, 5], 7, [], [1, 1, 1]],
  [[5, 5, 5], 3, [], [1, 1, 1]],
  [[0, 3], 10, [], [1, 3]],
  [[], 10, [], []],
])('fitted(%j, %i, keep %j) is %j', (wanted, room, keep, widths) => {
  expect(fitColumns(wanted, room, new Set(keep))).toEqual(widths);
});

test('fits wherever a cell a column fits, and never widens', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 40, max: 200 }),
      (wanted, room) => {
        const widths = fitColumns(wanted, room, new Set([0]));
        const total = widths.reduce((sum, width) => sum + width, columnGap * (widths.length - 1));
        expect(total).toBeLessThanOrEqual(room);
        for (const [index, width] of widths.entries()) expect(width).toBeLessThanOrEqual(wanted[index] ?? 0);
      },
    ),
  );
});
