import type { Delivery } from '../message/delivery.ts';
import type { Event } from '../message/event.ts';
import type { Instant } from '../message/time.ts';
import type { Sql } from '../storage/database.ts';
import type { MonotonicClock } from '../storage/monotonic.ts';
import { listBulks, type StoredBulk } from './bulk-table.ts';
import { addClaim, closeClaims, findRowsInFlight } from './claims.ts';
import type { LedgerDatabase } from './database.ts';
import { applyAndSave, listUnsettledMessages } from './messages.ts';
import { readRow } from './rows.ts';

/** Returns the rows after a row that have an outcome in this phase, in order, at most `limit`. */
export function findUnsettledRows(
  sql: Sql,
  { seq }: StoredBulk,
  phase: 'queued' | 'sending' | 'doubt',
  after: number,
  limit: number,
): number[] {
  return sql
    .all<{ row: number }>(
      // SQLite uses the partial index only if the query repeats its condition literally.
      `SELECT row FROM bulk_outcomes WHERE phase IN ('queued', 'sending', 'doubt')
       AND bulk = ? AND phase = ? AND row > ? ORDER BY row LIMIT ?`,
      seq,
      phase,
      after,
      limit,
    )
    .map(({ row }) => row);
}

/** Counts the messages of a bulk that are waiting, and those that may have been sent. */
export function countRemaining(sql: Sql, storedBulk: StoredBulk): { queued: number; doubt: number } {
  const outcomes = (condition: string, ...values: number[]) =>
    sql.get<{ count: number }>(
      `SELECT count(*) AS count FROM bulk_outcomes WHERE bulk = ? AND ${condition}`,
      storedBulk.seq,
      ...values,
    )?.count ?? 0;
  const inPhases = (phases: string) =>
    outcomes(`phase IN ('queued', 'sending', 'doubt') AND phase IN (${phases})`);
  // Rows sent individually, under their own id, are not claimed any more.
  const unclaimed = storedBulk.bulk.rows - storedBulk.next + 1 - outcomes('row >= ?', storedBulk.next);
  return {
    queued: unclaimed + inPhases("'queued'"),
    doubt: findRowsInFlight(sql, storedBulk).length + inPhases("'sending', 'doubt'"),
  };
}

/** Owner of the claims in a copied or restored ledger: the original may have sent these messages. */
export const originalOwner = 'original';

/** Puts in doubt the messages that a dead worker was sending. */
export function recoverDeadClaims(
  sql: Sql,
  storedBulk: StoredBulk,
  { workers, clock }: Pick<LedgerDatabase, 'workers' | 'clock'>,
  at: Instant,
): void {
  const lost = [
    ...findRowsInFlight(sql, storedBulk),
    ...findUnsettledRows(sql, storedBulk, 'sending', 0, -1),
  ];
  for (const row of lost) {
    const stored = readRow(sql, storedBulk, row);
    if (stored === undefined) continue;
    const { intent } = stored.delivery;
    if (intent) workers.markGone(sql, intent.owner);
    applyAndSave(sql, stored, newAbandonedEvent(stored.delivery, clock, at));
  }
  closeClaims(sql, storedBulk);
}

/**
 * Returns the event for a message whose worker is dead. Its request may have left just now: a worker may wait for a
 * slot, or be suspended, long after it claimed a message.
 */
export function newAbandonedEvent(
  { intent }: Delivery,
  { boot, monotonic }: MonotonicClock,
  at: Instant,
): Event {
  const reason = intent?.owner === originalOwner ? copyReason : 'the process that sent it has ended';
  return { kind: 'doubt', at, reason, since: { boot, ms: monotonic() } };
}

/** Reason why a message of a copied ledger is in doubt. */
export const copyReason = 'this ledger is a copy: the original may have sent it';

/**
 * Puts all unsettled messages of a copied or restored ledger in doubt; returns their number. Messages that were in
 * doubt before get a new doubt, since the original may have sent them just now.
 */
export function doubtUnsettled(sql: Sql, clock: MonotonicClock, at: Instant): number {
  const since = { boot: clock.boot, ms: clock.monotonic() };
  const doubt: Event = { kind: 'doubt', at, reason: copyReason, since };
  let count = 0;
  for (const stored of listUnsettledMessages(sql)) {
    applyAndSave(sql, stored, doubt);
    count++;
  }
  for (const storedBulk of listBulks(sql)) {
    if (storedBulk.fingerprint === null) continue;
    const phases = ['queued', 'sending', 'doubt'] as const;
    for (const row of phases.flatMap((phase) => findUnsettledRows(sql, storedBulk, phase, 0, -1))) {
      const stored = readRow(sql, storedBulk, row);
      if (stored) applyAndSave(sql, stored, doubt);
      count++;
    }
    const first = storedBulk.next;
    const last = storedBulk.bulk.rows;
    if (first > last) continue;
    addClaim(sql, storedBulk.seq, { first, last }, { kind: 'intent', at, owner: originalOwner });
    sql.run('UPDATE bulks SET next = ?, owner = NULL WHERE seq = ?', last + 1, storedBulk.seq);
    count += last - first + 1;
  }
  return count;
}
