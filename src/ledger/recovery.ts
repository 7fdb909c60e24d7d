import type { Delivery } from '../message/delivery.ts';
import type { Event } from '../message/event.ts';
import type { Instant } from '../message/time.ts';
import type { Sql } from '../storage/database.ts';
import type { MonotonicClock } from '../storage/monotonic.ts';
import { type StoredBulk, storedBulks } from './bulk-table.ts';
import { addClaim, closeClaims, rowsUnderWay } from './claims.ts';
import type { LedgerDatabase } from './database.ts';
import { applyAndSave, unsettledMessages } from './messages.ts';
import { rowAt } from './rows.ts';

/** Rows that were touched and stand in this phase, in their order: `most` of those after a row. */
export function unsettledRows(
  sql: Sql,
  { seq }: StoredBulk,
  phase: 'queued' | 'sending' | 'doubt',
  after: number,
  most: number,
): number[] {
  return sql
    .all<{ row: number }>(
      // The index is only for these three phases, and SQLite wants to be told in the same words.
      `SELECT row FROM bulk_outcomes WHERE phase IN ('queued', 'sending', 'doubt')
       AND bulk = ? AND phase = ? AND row > ? ORDER BY row LIMIT ?`,
      seq,
      phase,
      after,
      most,
    )
    .map(({ row }) => row);
}

/** How much is left of a bulk: messages that wait to be sent, and those that may have been. */
export function countRemaining(sql: Sql, kept: StoredBulk): { queued: number; doubt: number } {
  const outcomes = (condition: string, ...values: number[]) =>
    sql.get<{ count: number }>(
      `SELECT count(*) AS count FROM bulk_outcomes WHERE bulk = ? AND ${condition}`,
      kept.seq,
      ...values,
    )?.count ?? 0;
  const inPhases = (phases: string) =>
    outcomes(`phase IN ('queued', 'sending', 'doubt') AND phase IN (${phases})`);
  // Those that were sent by themselves, under their own id, need not be claimed any more.
  const unclaimed = kept.bulk.rows - kept.next + 1 - outcomes('row >= ?', kept.next);
  return {
    queued: unclaimed + inPhases("'queued'"),
    doubt: rowsUnderWay(sql, kept).length + inPhases("'sending', 'doubt'"),
  };
}

/** Stands for the owner of what a copied or restored ledger holds: the original may have sent it. */
export const originalOwner = 'original';

/**
 * Puts in doubt what a worker that is gone was busy with.
 */
export function recoverDeadClaims(
  sql: Sql,
  kept: StoredBulk,
  { workers, clock }: Pick<LedgerDatabase, 'workers' | 'clock'>,
  at: Instant,
): void {
  const lost = [...rowsUnderWay(sql, kept), ...unsettledRows(sql, kept, 'sending', 0, -1)];
  for (const row of lost) {
    const stored = rowAt(sql, kept, row);
    if (stored === undefined) continue;
    const { intent } = stored.delivery;
    if (intent) workers.markGone(sql, intent.owner);
    applyAndSave(stored, abandoned(stored.delivery, clock, at));
  }
  closeClaims(sql, kept);
}

/**
 * What happens to a message whose worker is gone. Its request may have left until just now: a worker may wait for its
 * turn, or be suspended, long after it claimed a message.
 */
export function abandoned({ intent }: Delivery, { boot, monotonic }: MonotonicClock, at: Instant): Event {
  const reason = intent?.owner === originalOwner ? copyReason : 'the process that sent it has ended';
  return { kind: 'doubt', at, reason, since: { boot, ms: monotonic() } };
}

/** Why a message of a copied ledger is in doubt. */
export const copyReason = 'this ledger is a copy: the original may have sent it';

/**
 * Puts in doubt all that is not settled in a ledger that was copied or restored; returns how many messages that are.
 * What was in doubt before is so anew: the original may have sent it just now.
 */
export function doubtUnsettled(sql: Sql, clock: MonotonicClock, at: Instant): number {
  const since = { boot: clock.boot, ms: clock.monotonic() };
  const doubt: Event = { kind: 'doubt', at, reason: copyReason, since };
  let count = 0;
  for (const stored of unsettledMessages(sql)) {
    applyAndSave(stored, doubt);
    count++;
  }
  for (const kept of storedBulks(sql)) {
    if (kept.fingerprint === null) continue;
    const phases = ['queued', 'sending', 'doubt'] as const;
    for (const row of phases.flatMap((phase) => unsettledRows(sql, kept, phase, 0, -1))) {
      const stored = rowAt(sql, kept, row);
      if (stored) applyAndSave(stored, doubt);
      count++;
    }
    const first = kept.next;
    const last = kept.bulk.rows;
    if (first > last) continue;
    addClaim(sql, kept.seq, { first, last }, { kind: 'intent', at, owner: originalOwner });
    sql.run('UPDATE bulks SET next = ?, owner = NULL WHERE seq = ?', last + 1, kept.seq);
    count += last - first + 1;
  }
  return count;
}
