import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fixedRate,
  type Limit,
  minDurationMs,
  nextSlots,
  type Slots,
  vendorLimits,
} from '../../src/message/rate-limit.ts';

const listTimes = ({ from, every, count }: Slots) =>
  Array.from({ length: count }, (_, i) => from + i * every);

/** Reserves repeatedly until `count` slots are given, while time passes. */
function reserveAll(limits: readonly Limit[], count: number, from: number, wanted = 7): number[] {
  const given: Slots[] = [];
  for (let left = count, now = from; left > 0; now += 3) {
    const next = nextSlots(given, limits, Math.min(wanted, left), now);
    given.push(next);
    left -= next.count;
  }
  return given.flatMap(listTimes);
}

/** Returns the earliest slots that every limit allows, one by one. */
function reserveOneByOne(limits: readonly Limit[], count: number, from: number): number[] {
  const slots: number[] = [];
  for (let i = 0; i < count; i++)
    slots.push(Math.max(from, ...limits.map(({ count, per }) => (slots[i - count] ?? -Infinity) + per)));
  return slots;
}

describe('slots', () => {
  test('are evenly spaced at a rate', () => {
    expect(nextSlots([], fixedRate(50), 4, 1_000)).toEqual({ from: 1_000, every: 20, count: 4 });
    expect(nextSlots([{ from: 1_000, every: 20, count: 4 }], fixedRate(50), 2, 1_010)).toEqual({
      from: 1_080,
      every: 20,
      count: 2,
    });
  });

  test('do not accumulate when unused', () => {
    expect(nextSlots([{ from: 0, every: 20, count: 1 }], fixedRate(50), 1, 9_999).from).toBe(9_999);
  });

  test('follow vendorLimits(): 1,000 at 50/s, then the next minute', () => {
    const slots = reserveAll(vendorLimits(), 1_002, 0);
    expect(slots[999]).toBe(999 * 20);
    expect(slots.slice(1_000)).toEqual([60_000, 60_020]);
  });

  test('are as early as all limits allow, however they are reserved', () => {
    const limits = fc.array(
      fc.record({ count: fc.integer({ min: 1, max: 9 }), per: fc.integer({ min: 1, max: 90 }) }),
      {
        minLength: 1,
        maxLength: 3,
      },
    );
    fc.assert(
      fc.property(
        limits,
        fc.integer({ min: 1, max: 60 }),
        fc.integer({ min: 1, max: 12 }),
        (limits, count, wanted) => {
          const slots = reserveAll(limits, count, 0, wanted);
          for (const { count, per } of limits)
            for (const [i, slot] of slots.entries())
              expect(slot - (slots[i - count] ?? -Infinity)).toBeGreaterThanOrEqual(per - 1e-6);
          // Time passes between reservations, so no slot can be earlier than in one reservation.
          const best = reserveOneByOne(limits, count, 0);
          for (const [i, slot] of slots.entries()) expect(slot).toBeGreaterThanOrEqual((best[i] ?? 0) - 1e-6);
          expect(slots.at(-1)).toBeLessThanOrEqual((best.at(-1) ?? 0) + 3 * count + 1e-6);
        },
      ),
    );
  });
});

test('estimates the minimum duration of a bulk', () => {
  expect(minDurationMs(1, vendorLimits())).toBe(0);
  expect(minDurationMs(1_000, vendorLimits())).toBe(999 * 20);
  expect(minDurationMs(10_000, vendorLimits())).toBe(540_000);
  expect(minDurationMs(500, fixedRate(50))).toBe(499 * 20);
});
