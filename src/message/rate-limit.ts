/** Rate limit: at most `count` requests in any `per` milliseconds. */
export interface Limit {
  count: number;
  per: number;
}

/**
 * Returns the vendor's limits for an account with `perMinute` requests a minute: 1,000 in production, with 50 a second;
 * 100 on trial, with 10 a second.
 */
export function vendorLimits(perMinute = 1_000): Limit[] {
  const perSecond = Math.min(Math.max(perMinute / 10, 1), 50);
  return [
    // Evenly spaced: bursts could fall into the same second of the gateway's clock.
    { count: 1, per: 1_000 / perSecond },
    { count: perMinute, per: 60_000 },
  ];
}

/** Returns the limit for evenly spaced requests, `rate` a second. */
export function fixedRate(rate: number): Limit[] {
  return [{ count: 1, per: 1_000 / rate }];
}

/** Returns the shortest duration of this many requests, in milliseconds. */
export function minDurationMs(requests: number, limits: readonly Limit[]): number {
  return Math.max(0, ...limits.map(({ count, per }) => (Math.ceil(requests / count) - 1) * per));
}

/** Time slots of requests: the first at `from`, each `every` milliseconds after the previous, `count` in all. */
export interface Slots {
  from: number;
  every: number;
  count: number;
}

/**
 * Returns the next time slots after the `earlier` ones (in that order): each as early as all limits allow, and not
 * before `now`. At least one slot and at most `wanted`: fewer where a limit requires a pause.
 */
export function nextSlots(
  earlier: readonly Slots[],
  limits: readonly Limit[],
  wanted: number,
  now: number,
): Slots {
  const every = Math.max(0, ...limits.map(({ count, per }) => (count === 1 ? per : 0)));
  const windows = limits.filter(({ count }) => count > 1);
  const earliest = limits.map(({ count, per }) => findSlotBefore(earlier, count) + per);
  const from = Math.max(now, findSlotBefore(earlier, 1), ...earliest);
  if (windows.length === 0) return { from, every, count: wanted };
  let count = 1;
  const fits = () =>
    windows.every((limit) => {
      const slot = from + count * every;
      const before =
        count >= limit.count ? slot - limit.count * every : findSlotBefore(earlier, limit.count - count);
      return slot >= before + limit.per;
    });
  while (count < wanted && fits()) count++;
  return { from, every, count };
}

/** Returns the slot `back` places before the next one; -Infinity if there are fewer slots. */
function findSlotBefore(earlier: readonly Slots[], back: number): number {
  let left = back;
  for (let i = earlier.length - 1; i >= 0; i--) {
    const { from, every, count } = earlier[i] as Slots;
    if (left <= count) return from + (count - left) * every;
    left -= count;
  }
  return -Infinity;
}
