import type { Instant } from '../message/event.ts';

/** At most `count` requests in any `per` milliseconds. */
export interface Limit {
  count: number;
  per: number;
}

/** What the vendor allows an account in production: 50 requests in a second and 1,000 in a minute. */
export const documented: readonly Limit[] = [
  // Evenly spread: bursts of 50 would meet in one second by the gateway's clock.
  { count: 1, per: 20 },
  { count: 1_000, per: 60_000 },
];

/** Requests evenly spread, so many a second. */
export function evenly(rate: number): Limit[] {
  return [{ count: 1, per: 1_000 / rate }];
}

/**
 * When the next `count` requests may leave, after those that have been given their time in `slots` (ascending):
 * each as early as every limit lets it, and not before `now`.
 */
export function nextSlots(
  slots: readonly Instant[],
  limits: readonly Limit[],
  count: number,
  now: Instant,
): Instant[] {
  const all = [...slots];
  for (let i = 0; i < count; i++) {
    const bounds = limits.map(({ count, per }) => (all[all.length - count] ?? -Infinity) + per);
    all.push(Math.max(now, all.at(-1) ?? now, ...bounds));
  }
  return all.slice(slots.length);
}
