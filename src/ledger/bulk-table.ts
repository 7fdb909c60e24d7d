import type { Bulk, BulkSpec, StatusCount } from '../message/bulk.ts';
import { currentChannel, type Delivery, isFinal, statusOf } from '../message/delivery.ts';
import type { Sql } from '../storage/database.ts';

/** A bulk as stored. */
export interface StoredBulk {
  seq: number;
  bulk: Bulk;
  /** First row that is not claimed. */
  next: number;
  /** Fingerprint of the rows; null while rows are being added. */
  fingerprint: string | null;
  /** Worker that creates or sends the bulk, or did when it died. */
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

export function addBulk(sql: Sql, spec: BulkSpec, owner: string): void {
  sql.run(
    'INSERT INTO bulks (id, body, rows, next, stopped, created_at, owner) VALUES (?, ?, 0, 1, 0, ?, ?)',
    spec.id,
    JSON.stringify(spec),
    spec.createdAt,
    owner,
  );
}

/** Sets the worker that creates or sends a bulk; null for none. */
export function setOwner(sql: Sql, { seq }: StoredBulk, owner: string | null): void {
  sql.run('UPDATE bulks SET owner = ? WHERE seq = ?', owner, seq);
}

export function findBulk(sql: Sql, id: string): StoredBulk | undefined {
  return decodeBulk(sql.get<Row>(`SELECT ${columns} FROM bulks WHERE id = ?`, id));
}

export function findBulkBySeq(sql: Sql, seq: number): StoredBulk | undefined {
  return decodeBulk(sql.get<Row>(`SELECT ${columns} FROM bulks WHERE seq = ?`, seq));
}

export function findBulkByFingerprint(sql: Sql, fingerprint: string): StoredBulk | undefined {
  return decodeBulk(sql.get<Row>(`SELECT ${columns} FROM bulks WHERE fingerprint = ?`, fingerprint));
}

/** Lists bulks, the newest first. */
export function listBulks(sql: Sql): StoredBulk[] {
  return sql.all<Row>(`SELECT ${columns} FROM bulks ORDER BY seq DESC`).map((row) => decodeBulk(row));
}

/** Returns a bulk. @throws Error if it does not exist: the caller has seen it before */
export function getBulk(sql: Sql, id: string): StoredBulk {
  const found = findBulk(sql, id);
  if (found === undefined) throw new Error(`there is no bulk ${id}`);
  return found;
}

/** Removes a bulk and all its rows. */
export function removeBulk(sql: Sql, { seq }: StoredBulk): void {
  for (const table of ['bulk_rows', 'bulk_ids', 'bulk_claims', 'bulk_outcomes', 'bulk_counts'])
    sql.run(`DELETE FROM ${table} WHERE bulk = ?`, seq);
  sql.run('DELETE FROM bulks WHERE seq = ?', seq);
}

function decodeBulk(row: Row): StoredBulk;
function decodeBulk(row: Row | undefined): StoredBulk | undefined;
function decodeBulk(row: Row | undefined): StoredBulk | undefined {
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

/** Adds `delta` to the count of messages with the channel and status of this one. */
export function adjustCount(sql: Sql, bulk: number, delivery: Delivery, delta: number): void {
  sql.run(
    `INSERT INTO bulk_counts (bulk, channel, status, final, count) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (bulk, channel, status, final) DO UPDATE SET count = count + excluded.count`,
    bulk,
    currentChannel(delivery),
    statusOf(delivery),
    isFinal(delivery) ? 1 : 0,
    delta,
  );
}

/** Returns counts by channel and status. Messages without any event are `queued`. */
export function readCounts(sql: Sql, { seq, bulk }: StoredBulk): StatusCount[] {
  const counts = sql
    .all<Omit<StatusCount, 'final'> & { final: number }>(
      'SELECT channel, status, final, count FROM bulk_counts WHERE bulk = ? AND count > 0',
      seq,
    )
    .map((one) => ({ ...one, final: one.final === 1 }));
  const channel = bulk.common.chain[0] ?? 'sms';
  const unclaimed = bulk.rows - counts.reduce((sum, { count }) => sum + count, 0);
  return unclaimed > 0 ? [{ channel, status: 'queued', final: false, count: unclaimed }, ...counts] : counts;
}
