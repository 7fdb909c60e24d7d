import { type Limit, nextSlots, type Slots } from '../message/rate-limit.ts';
import type { Sql } from '../storage/database.ts';
import type { MonotonicClock } from '../storage/monotonic.ts';

/** Slots that are kept: a minute of the fastest pace that a limit allows. */
const remembered = 3_000;

/**
 * Gives the next requests their time, whoever sends them for this ledger. As `nextSlots`, in milliseconds of the
 * monotonic clock: a wall clock that steps back would make everybody wait. Slots of another boot are over.
 */
export function reserveSlots(
  sql: Sql,
  limits: readonly Limit[],
  wanted: number,
  { boot, monotonic }: MonotonicClock,
): Slots {
  const row = sql.get<{ slots: string }>('SELECT slots FROM pace');
  const known = row && (JSON.parse(row.slots) as { boot?: string; slots?: Slots[] });
  const given = known?.boot === boot ? (known.slots ?? []) : [];
  const next = nextSlots(given, limits, wanted, monotonic());
  const kept = [...given, next];
  for (let count = 0, i = kept.length - 1; i >= 0; i--) {
    if (count >= remembered) kept.splice(0, i + 1);
    count += kept[i]?.count ?? remembered;
  }
  sql.run('INSERT OR REPLACE INTO pace (one, slots) VALUES (1, ?)', JSON.stringify({ boot, slots: kept }));
  return next;
}
