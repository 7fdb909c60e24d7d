import type { Bulk, BulkSpec, StatusCount } from '../message/bulk.ts';
import { currentChannel, type Delivery, isFinal, statusOf } from '../message/delivery.ts';
import type { Sql } from '../storage/database.ts';

/** A bulk where it is kept. */
export interface StoredBulk {
  seq: number;
  bulk: Bulk;
  /** The first row that nobody has claimed. */
  next: number;
  /** Null while rows are being added. */
  fingerprint: string | null;
  /** The worker that makes or sends it, or did when it died. */
  owner: string | null;
}

interface Row {
  seq: number;
  body: string;
  rows: number;
  next: number;
  stopped: number;
  fingerprint: string | null;
  owner: string | null;
}

const columns = 'seq, body, rows, next, stopped, fingerprint, owner';

export function addBulk(sql: Sql, order: BulkSpec, owner: string): void {
  sql.run(
    'INSERT INTO bulks (id, body, rows, next, stopped, created_at, owner) VALUES (?, ?, 0, 1, 0, ?, ?)',
    order.id,
    JSON.stringify(order),
    order.createdAt,
    owner,
  );
}

/** Says who makes or sends a bulk; null: nobody. */
export function setOwner(sql: Sql, { seq }: StoredBulk, owner: string | null): void {
  sql.run('UPDATE bulks SET owner = ? WHERE seq = ?', owner, seq);
}

export function storedBulk(sql: Sql, id: string): StoredBulk | undefined {
  return kept(sql.get<Row>(`SELECT ${columns} FROM bulks WHERE id = ?`, id));
}

export function bulkBySeq(sql: Sql, seq: number): StoredBulk | undefined {
  return kept(sql.get<Row>(`SELECT ${columns} FROM bulks WHERE seq = ?`, seq));
}

export function bulkByFingerprint(sql: Sql, fingerprint: string): StoredBulk | undefined {
  return kept(sql.get<Row>(`SELECT ${columns} FROM bulks WHERE fingerprint = ?`, fingerprint));
}

/** Newest first. */
export function storedBulks(sql: Sql): StoredBulk[] {
  return sql.all<Row>(`SELECT ${columns} FROM bulks ORDER BY seq DESC`).map((row) => kept(row));
}

/** @throws where it is not there: whoever asks has seen it before */
export function expectedBulk(sql: Sql, id: string): StoredBulk {
  const found = storedBulk(sql, id);
  if (found === undefined) throw new Error(`there is no bulk ${id}`);
  return found;
}

/** Removes a bulk and all of its rows. */
export function removeBulk(sql: Sql, { seq }: StoredBulk): void {
  for (const table of ['bulk_rows', 'bulk_ids', 'bulk_claims', 'bulk_outcomes', 'bulk_counts'])
    sql.run(`DELETE FROM ${table} WHERE bulk = ?`, seq);
  sql.run('DELETE FROM bulks WHERE seq = ?', seq);
}

function kept(row: Row): StoredBulk;
function kept(row: Row | undefined): StoredBulk | undefined;
function kept(row: Row | undefined): StoredBulk | undefined {
  if (row === undefined) return undefined;
  const { seq, body, rows, next, stopped, fingerprint, owner } = row;
  return {
    seq,
    bulk: { ...(JSON.parse(body) as BulkSpec), rows, stopped: stopped === 1 },
    next,
    fingerprint,
    owner,
  };
}

/** Notes that so many messages more, or fewer, stand as this one does. */
export function adjustCount(sql: Sql, bulk: number, delivery: Delivery, more: number): void {
  sql.run(
    `INSERT INTO bulk_counts (bulk, channel, status, final, count) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (bulk, channel, status, final) DO UPDATE SET count = count + excluded.count`,
    bulk,
    currentChannel(delivery),
    statusOf(delivery),
    isFinal(delivery) ? 1 : 0,
    more,
  );
}

/** How many messages stand where. Those of which nothing is known yet are `queued`. */
export function readCounts(sql: Sql, { seq, bulk }: StoredBulk): StatusCount[] {
  const counts = sql
    .all<Omit<StatusCount, 'final'> & { final: number }>(
      'SELECT channel, status, final, count FROM bulk_counts WHERE bulk = ? AND count > 0',
      seq,
    )
    .map((one) => ({ ...one, final: one.final === 1 }));
  const channel = bulk.common.chain[0] ?? 'sms';
  const untouched = bulk.rows - counts.reduce((sum, { count }) => sum + count, 0);
  return untouched > 0 ? [{ channel, status: 'queued', final: false, count: untouched }, ...counts] : counts;
}
