import { expect, test } from 'vitest';
import { ServerClock } from '../../../src/ledger/postgres/server-clock.ts';

/** Returns how far the clock is ahead of the machine's. */
const offsetOf = (clock: ServerClock) => Math.round(clock.monotonic() - performance.now());

test('keeps the reading of the shortest round trip', () => {
  const clock = new ServerClock();
  clock.adjust(1_000, 1_400, 901_200);
  expect(offsetOf(clock)).toBe(900_000);
  // Half of a round trip may be on either way.
  clock.adjust(2_000, 2_010, 902_105);
  expect(offsetOf(clock)).toBe(900_100);
  clock.adjust(3_000, 3_400, 903_000);
  expect(offsetOf(clock)).toBe(900_100);
});

test('takes a worse reading once the better one is old', () => {
  const clock = new ServerClock();
  clock.adjust(0, 2, 1_001);
  clock.adjust(20_000, 20_010, 21_010);
  expect(offsetOf(clock)).toBe(1_000);
  clock.adjust(600_000, 600_010, 601_010);
  expect(offsetOf(clock)).toBe(1_005);
});

test('can be taken apart', () => {
  const { monotonic } = new ServerClock();
  expect(monotonic()).toBeGreaterThan(0);
});
