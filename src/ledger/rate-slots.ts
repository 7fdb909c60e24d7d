import { type Limit, nextSlots, type Slots } from '../message/rate-limit.ts';
import type { MonotonicClock } from '../storage/monotonic.ts';
import type { Sql } from './database.ts';

/** Slots that are kept: a minute at the fastest rate that a limit allows. */
const maxSlotsKept = 3_000;

/**
 * Reserves time slots for requests, shared by all senders of this ledger; see `nextSlots`. Times are in milliseconds of
 * the monotonic clock, since a wall clock that steps back would make every sender wait. Slots of another boot are over.
 */
export async function reserveSlots(
  sql: Sql,
  limits: readonly Limit[],
  wanted: number,
  { boot, monotonic }: MonotonicClock,
): Promise<Slots> {
  const row = await sql.get<{ slots: string }>('SELECT slots FROM pace');
  const saved = row && (JSON.parse(row.slots) as { boot?: string; slots?: Slots[] });
  const earlier = saved?.boot === boot ? (saved.slots ?? []) : [];
  const next = nextSlots(earlier, limits, wanted, monotonic());
  const slots = [...earlier, next];
  for (let count = 0, i = slots.length - 1; i >= 0; i--) {
    if (count >= maxSlotsKept) slots.splice(0, i + 1);
    count += slots[i]?.count ?? maxSlotsKept;
  }
  const state = JSON.stringify({ boot, slots });
  await sql.run(
    'INSERT INTO pace (one, slots) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET slots = excluded.slots',
    state,
  );
  return next;
}
