import type { Bulk, BulkSpec, StatusCount } from '../message/bulk.ts';
import { currentChannel, type Delivery, isFinal, statusOf } from '../message/delivery.ts';
import type { Sql } from './database.ts';
import { readBulkSpec } from './stored.ts';

/** A bulk as stored. */
export interface StoredBulk {
  seq: number;
  bulk: Bulk;
  /** Fingerprint of the rows; null while rows are being added. */
  fingerprint: string | null;
  /** Worker that creates the bulk, or did when it died; null once it is sealed. */
  owner: string | null;
}

interface Row {
  seq: number;
  body: string;
  rows: number;
  stopped: number;
  fingerprint: string | null;
  owner: string | null;
}

const columns = 'seq, body, rows, stopped, fingerprint, owner';

export async function addBulk(sql: Sql, spec: BulkSpec, owner: string): Promise<void> {
  await sql.run(
    'INSERT INTO bulks (id, body, rows, stopped, created_at, owner) VALUES (?, ?, 0, 0, ?, ?)',
    spec.id,
    JSON.stringify(spec),
    spec.createdAt,
    owner,
  );
}

export async function findBulk(sql: Sql, id: string): Promise<StoredBulk | undefined> {
  return decodeBulk(await sql.get<Row>(`SELECT ${columns} FROM bulks WHERE id = ?`, id));
}

export async function findBulkBySeq(sql: Sql, seq: number): Promise<StoredBulk | undefined> {
  return decodeBulk(await sql.get<Row>(`SELECT ${columns} FROM bulks WHERE seq = ?`, seq));
}

export async function findBulkByFingerprint(sql: Sql, fingerprint: string): Promise<StoredBulk | undefined> {
  return decodeBulk(await sql.get<Row>(`SELECT ${columns} FROM bulks WHERE fingerprint = ?`, fingerprint));
}

/** Lists bulks, the newest first. */
export async function listBulks(sql: Sql): Promise<StoredBulk[]> {
  const found = await sql.all<Row>(`SELECT ${columns} FROM bulks ORDER BY seq DESC`);
  return found.map((row) => decodeBulk(row));
}

/** Returns a bulk. @throws Error if it does not exist: the caller has seen it before */
export async function getBulk(sql: Sql, id: string): Promise<StoredBulk> {
  const found = await findBulk(sql, id);
  if (found === undefined) throw new Error(`there is no bulk ${id}`);
  return found;
}

/** Removes a bulk and all its rows. */
export async function removeBulk(sql: Sql, { seq }: StoredBulk): Promise<void> {
  const parts = ['rows', 'ids', 'free', 'claims', 'outcomes', 'counts', 'workers'];
  for (const part of parts) await sql.run(`DELETE FROM bulk_${part} WHERE bulk = ?`, seq);
  await sql.run('DELETE FROM bulks WHERE seq = ?', seq);
}

function decodeBulk(row: Row): StoredBulk;
function decodeBulk(row: Row | undefined): StoredBulk | undefined;
function decodeBulk(row: Row | undefined): StoredBulk | undefined {
  if (row === undefined) return undefined;
  const { seq, body, rows, stopped, fingerprint, owner } = row;
  return {
    seq,
    bulk: { ...readBulkSpec(body), rows, stopped: stopped === 1 },
    fingerprint,
    owner,
  };
}

/** Adds `delta` to the count of messages with the channel and status of this one. */
export async function adjustCount(sql: Sql, bulk: number, delivery: Delivery, delta: number): Promise<void> {
  await sql.run(
    `INSERT INTO bulk_counts (bulk, channel, status, final, count) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (bulk, channel, status, final) DO UPDATE SET count = bulk_counts.count + excluded.count`,
    bulk,
    currentChannel(delivery),
    statusOf(delivery),
    isFinal(delivery) ? 1 : 0,
    delta,
  );
}

/** Returns counts by channel and status. Messages without any event are `queued`. */
export async function readCounts(sql: Sql, { seq, bulk }: StoredBulk): Promise<StatusCount[]> {
  const found = await sql.all<Omit<StatusCount, 'final'> & { final: number }>(
    'SELECT channel, status, final, count FROM bulk_counts WHERE bulk = ? AND count > 0',
    seq,
  );
  const counts = found.map((one) => ({ ...one, final: one.final === 1 }));
  const channel = bulk.common.chain[0] ?? 'sms';
  const unclaimed = bulk.rows - counts.reduce((sum, { count }) => sum + count, 0);
  return unclaimed > 0 ? [{ channel, status: 'queued', final: false, count: unclaimed }, ...counts] : counts;
}

/** Asks the processes that send a bulk to stop, or revokes this. */
export async function setStopped(sql: Sql, id: string, stopped: boolean): Promise<void> {
  await sql.run('UPDATE bulks SET stopped = ? WHERE id = ?', stopped ? 1 : 0, id);
}
