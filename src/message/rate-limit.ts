/** At most `count` requests in any `per` milliseconds. */
export interface Limit {
  count: number;
  per: number;
}

/**
 * What the vendor allows an account that has so many requests a minute: 1,000 in production, and then 50 a second; 100 on
 * trial, and then 10 a second.
 */
export function vendorLimits(perMinute = 1_000): Limit[] {
  const perSecond = Math.min(Math.max(perMinute / 10, 1), 50);
  return [
    // Evenly spread: bursts would meet in one second by the gateway's clock.
    { count: 1, per: 1_000 / perSecond },
    { count: perMinute, per: 60_000 },
  ];
}

/** Requests evenly spread, so many a second. */
export function fixedRate(rate: number): Limit[] {
  return [{ count: 1, per: 1_000 / rate }];
}

/** How long so many requests take at least, in milliseconds. */
export function timeFor(requests: number, limits: readonly Limit[]): number {
  return Math.max(0, ...limits.map(({ count, per }) => (Math.ceil(requests / count) - 1) * per));
}

/** Times for requests to leave, as many as `count`: the first `from` then, and each `every` milliseconds later. */
export interface Slots {
  from: number;
  every: number;
  count: number;
}

/**
 * When the next requests may leave, after those that have been given their time in `given` (in that order): each as
 * early as every limit lets it, and not before `now`. At least one slot and at most `wanted`: fewer where a limit makes
 * a pause.
 */
export function nextSlots(
  given: readonly Slots[],
  limits: readonly Limit[],
  wanted: number,
  now: number,
): Slots {
  const every = Math.max(0, ...limits.map(({ count, per }) => (count === 1 ? per : 0)));
  const windows = limits.filter(({ count }) => count > 1);
  const earliest = limits.map(({ count, per }) => slotBefore(given, count) + per);
  const from = Math.max(now, slotBefore(given, 1), ...earliest);
  if (windows.length === 0) return { from, every, count: wanted };
  let count = 1;
  const fits = () =>
    windows.every((limit) => {
      const slot = from + count * every;
      const before =
        count >= limit.count ? slot - limit.count * every : slotBefore(given, limit.count - count);
      return slot >= before + limit.per;
    });
  while (count < wanted && fits()) count++;
  return { from, every, count };
}

/** The slot that is `back` before the next one; long ago where there are not so many. */
function slotBefore(given: readonly Slots[], back: number): number {
  let left = back;
  for (let i = given.length - 1; i >= 0; i--) {
    const { from, every, count } = given[i] as Slots;
    if (left <= count) return from + (count - left) * every;
    left -= count;
  }
  return -Infinity;
}
