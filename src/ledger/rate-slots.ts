import { type Limit, nextSlots, type Slots } from '../message/rate-limit.ts';
import type { MonotonicClock } from '../storage/monotonic.ts';
import type { Sql } from './database.ts';

/** Slots that are kept: a minute at the fastest rate that a limit allows. */
const maxSlotsKept = 3_000;

/** Slots as stored, by the monotonic clock of a boot; those of another boot are over. */
interface Pace {
  boot: string;
  slots: Slots[];
  /** Until when no request may be made, since the gateway asked for a pause. */
  heldUntil?: number;
}

/**
 * Reserves time slots for requests, shared by all senders of this ledger; see `nextSlots`. Times are in milliseconds of
 * the monotonic clock, since a wall clock that steps back would make every sender wait.
 */
export async function reserveSlots(
  sql: Sql,
  limits: readonly Limit[],
  wanted: number,
  clock: MonotonicClock,
): Promise<Slots> {
  const { slots: earlier, ...pace } = await readPace(sql, clock);
  const next = nextSlots(earlier, limits, wanted, Math.max(clock.monotonic(), pace.heldUntil ?? 0));
  const slots = [...earlier, next];
  for (let count = 0, i = slots.length - 1; i >= 0; i--) {
    if (count >= maxSlotsKept) slots.splice(0, i + 1);
    count += slots[i]?.count ?? maxSlotsKept;
  }
  await savePace(sql, { ...pace, slots });
  return next;
}

/** Holds back all senders until then, by the monotonic clock. */
export async function holdSlots(sql: Sql, until: number, clock: MonotonicClock): Promise<void> {
  const pace = await readPace(sql, clock);
  if (until > (pace.heldUntil ?? 0)) await savePace(sql, { ...pace, heldUntil: until });
}

async function readPace(sql: Sql, { boot }: MonotonicClock): Promise<Pace> {
  const row = await sql.get<{ slots: string }>('SELECT slots FROM pace');
  const saved = row && (JSON.parse(row.slots) as Partial<Pace>);
  return saved?.boot === boot ? { slots: [], ...saved, boot } : { boot, slots: [] };
}

async function savePace(sql: Sql, pace: Pace): Promise<void> {
  await sql.run(
    'INSERT INTO pace (one, slots) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET slots = excluded.slots',
    JSON.stringify(pace),
  );
}
