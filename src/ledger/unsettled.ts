import type { Instant } from '../message/event.ts';
import type { Sql } from '../storage/database.ts';
import { closeClaims, rowsUnderWay } from './bulk-claims.ts';
import { rowAt } from './bulk-rows.ts';
import type { KeptBulk } from './bulk-table.ts';
import { happen } from './messages.ts';

/** Rows that were touched and stand in this phase, in their order: `most` of those after a row. */
export function unsettledRows(
  sql: Sql,
  { seq }: KeptBulk,
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
export function leftOf(sql: Sql, kept: KeptBulk): { queued: number; doubt: number } {
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

/** What a process that is gone was busy with: nobody knows what became of it. */
export function adopt(sql: Sql, kept: KeptBulk, at: Instant): void {
  const lost = [...rowsUnderWay(sql, kept), ...unsettledRows(sql, kept, 'sending', 0, -1)];
  for (const row of lost) {
    const stored = rowAt(sql, kept, row);
    if (stored) happen(stored, { kind: 'doubt', at, reason: 'the process that sent it has ended' });
  }
  closeClaims(sql, kept);
}
