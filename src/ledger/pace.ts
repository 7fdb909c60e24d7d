import type { Instant } from '../message/event.ts';
import type { Sql } from '../storage/database.ts';

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

/** How long so many requests take at least, in milliseconds. */
export function timeFor(requests: number, limits: readonly Limit[]): number {
  return Math.max(0, ...limits.map(({ count, per }) => (Math.ceil(requests / count) - 1) * per));
}

/** Slots remembered: as many as the widest limit looks back. */
const remembered = 1_000;

/** Gives the next requests their time, whoever sends them for this ledger. */
export function reserve(sql: Sql, limits: readonly Limit[], count: number, now: Instant): Instant[] {
  const known = sql.get<{ slots: string }>('SELECT slots FROM pace');
  const slots = known ? (JSON.parse(known.slots) as Instant[]) : [];
  const next = nextSlots(slots, limits, count, now);
  const kept = JSON.stringify([...slots, ...next].slice(-remembered));
  sql.run('INSERT OR REPLACE INTO pace (one, slots) VALUES (1, ?)', kept);
  return next;
}
