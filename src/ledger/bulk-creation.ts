import type { Bulk, BulkRow, BulkSpec } from '../message/bulk.ts';
import type { Delivery } from '../message/delivery.ts';
import {
  addBulk,
  findBulkByFingerprint,
  getBulk,
  listBulks,
  removeBulk,
  type StoredBulk,
} from './bulk-table.ts';
import { isOwned } from './bulk-workers.ts';
import type { Sql, Workers } from './database.ts';
import { findMessage } from './messages.ts';
import { encodeRow, findRow } from './rows.ts';

/** Begins a bulk without rows, and removes bulks that were never sealed and that no process is creating. */
export async function beginBulk(sql: Sql, spec: BulkSpec, workers: Workers): Promise<void> {
  for (const storedBulk of await listBulks(sql))
    if (storedBulk.fingerprint === null && !(await isOwned(sql, storedBulk, workers)))
      await removeBulk(sql, storedBulk);
  await addBulk(sql, spec, workers.own());
}

/**
 * Seals a bulk, stopped and in stretches of at most `stretchRows`; see `Bulks.seal`. Where an earlier one has the same
 * fingerprint, removes this one.
 */
export async function sealBulk(
  sql: Sql,
  id: string,
  fingerprint: string,
  stretchRows: number,
): Promise<{ bulk: Bulk; isNew: boolean }> {
  const known = await findBulkByFingerprint(sql, fingerprint);
  const current = await getBulk(sql, id);
  if (known) {
    await removeBulk(sql, current);
    return { bulk: known.bulk, isNew: false };
  }
  await sql.run('UPDATE bulks SET fingerprint = ?, owner = NULL, stopped = 1 WHERE id = ?', fingerprint, id);
  await freeRows(sql, current, stretchRows);
  return { bulk: { ...current.bulk, stopped: true }, isNew: true };
}

/** Appends rows whose ids are not known; returns the known messages, by index in `entries`. */
export async function addRows(
  sql: Sql,
  { seq, bulk }: StoredBulk,
  entries: readonly BulkRow[],
): Promise<Map<number, Delivery>> {
  const known = new Map<number, Delivery>();
  for (const [index, { id }] of entries.entries()) {
    if (id === null) continue;
    const stored = (await findMessage(sql, id)) ?? (await findRow(sql, id));
    if (stored) known.set(index, stored.delivery);
  }
  const added = entries.filter((_, index) => !known.has(index));
  const first = bulk.rows + 1;
  const { at, list } = sql.grammar;
  // One text for all rows: a call for each row, and each column of it, would be slower.
  await sql.run(
    `INSERT INTO bulk_rows (bulk, row, body)
     SELECT CAST(? AS BIGINT), CAST(? AS BIGINT) + place, value FROM ${list('?')} AS entries`,
    seq,
    first,
    JSON.stringify(added.map((entry) => encodeRow(entry, bulk.common))),
  );
  const ids = added.flatMap(({ id }, index) => (id === null ? [] : [JSON.stringify([id, first + index])]));
  if (ids.length > 0)
    await sql.run(
      `INSERT INTO bulk_ids (id, bulk, row)
       SELECT ${at('value', 0)}, CAST(? AS BIGINT), CAST(${at('value', 1)} AS BIGINT) FROM ${list('?')} AS ids`,
      seq,
      JSON.stringify(ids),
    );
  await sql.run('UPDATE bulks SET rows = rows + ? WHERE seq = ?', added.length, seq);
  return known;
}

/** Offers all rows of a bulk for sending, in stretches. */
async function freeRows(sql: Sql, { seq, bulk: { rows } }: StoredBulk, size: number): Promise<void> {
  const stretches = Array.from({ length: Math.ceil(rows / size) }, (_, index) => {
    const first = 1 + index * size;
    return JSON.stringify([first, Math.min(first + size - 1, rows)]);
  });
  const { at, list } = sql.grammar;
  const bound = (place: number) => `CAST(${at('value', place)} AS BIGINT)`;
  await sql.run(
    `INSERT INTO bulk_free (bulk, first, last)
     SELECT CAST(? AS BIGINT), ${bound(0)}, ${bound(1)} FROM ${list('?')} AS stretches`,
    seq,
    JSON.stringify(stretches),
  );
}
