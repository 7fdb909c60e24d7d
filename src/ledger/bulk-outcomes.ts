import type { Event } from '../message/event.ts';
import type { Status } from '../message/status.ts';
import type { Sql } from '../storage/database.ts';
import type { KeptBulk } from './bulk-table.ts';

/** What became of a message of a bulk, without what it says. Those that were simply taken have none yet. */
export interface Outcome {
  row: number;
  channel: string;
  status: Status;
  final: boolean;
  /** All that happened, in the order it became known. */
  events: Event[];
}

/** The outcomes after a row, in the order of the rows. */
export function pageOfOutcomes(sql: Sql, { seq }: KeptBulk, after: number, size: number): Outcome[] {
  // As one text: each row would be a call of its own, and a report reads a million.
  const { page } = sql.get<{ page: string | null }>(
    `SELECT group_concat('[' || row || ',"' || channel || '","' || status || '",' || final || ',' || events || ']') AS page
     FROM (SELECT row, channel, status, final, events FROM bulk_outcomes WHERE bulk = ? AND row > ? ORDER BY row LIMIT ?)`,
    seq,
    after,
    size,
  ) ?? { page: null };
  const rows = JSON.parse(`[${page ?? ''}]`) as [number, string, Status, number, Event[]][];
  return rows.map(([row, channel, status, final, events]) => ({
    row,
    channel,
    status,
    final: final === 1,
    events,
  }));
}

/** Those of these rows that have an outcome of their own. */
export function rowsWithOutcome(sql: Sql, bulk: number, first: number, last: number): Set<number> {
  const query = 'SELECT row FROM bulk_outcomes WHERE bulk = ? AND row BETWEEN ? AND ?';
  return new Set(sql.all<{ row: number }>(query, bulk, first, last).map(({ row }) => row));
}
