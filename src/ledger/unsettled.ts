import type { Instant } from '../message/event.ts';
import type { Sql } from '../storage/database.ts';
import { type Joined, joined, rowAt, storedRow } from './bulk-rows.ts';
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
  const count = (query: string, ...values: (string | number)[]) =>
    sql.get<{ count: number }>(query, ...values)?.count ?? 0;
  const inPhases = (phases: string) =>
    count(
      `SELECT count(*) AS count FROM bulk_outcomes WHERE phase IN ('queued', 'sending', 'doubt')
       AND bulk = ? AND phase IN (${phases})`,
      kept.seq,
    );
  const claimed = count(
    `SELECT count(*) AS count FROM bulk_claims c JOIN bulk_rows r ON r.bulk = c.bulk AND r.row BETWEEN c.first AND c.last
     LEFT JOIN bulk_outcomes o ON o.bulk = r.bulk AND o.row = r.row WHERE c.bulk = ? AND o.row IS NULL`,
    kept.seq,
  );
  return {
    queued: kept.bulk.rows - kept.next + 1 + inPhases("'queued'"),
    doubt: claimed + inPhases("'sending', 'doubt'"),
  };
}

/** What a process that is gone was busy with: nobody knows what became of it. */
export function adopt(sql: Sql, kept: KeptBulk, at: Instant): void {
  const lost = sql.all<Joined>(`${joined} WHERE r.bulk = ? AND c.owner IS NOT NULL`, kept.seq);
  const begun = unsettledRows(sql, kept, 'sending', 0, -1);
  const stored = [
    ...lost.map((row) => storedRow(sql, kept, row)),
    ...begun.flatMap((row) => rowAt(sql, kept, row) ?? []),
  ];
  for (const one of stored) happen(one, { kind: 'doubt', at, reason: 'the process that sent it has ended' });
  sql.run('DELETE FROM bulk_claims WHERE bulk = ?', kept.seq);
}
