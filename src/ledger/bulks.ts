import { fail } from '../errors.ts';
import type { Bulk, BulkRow } from '../message/bulk.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Bulks, NumberedDelivery, RowFilter } from './api.ts';
import { openRun } from './bulk-run.ts';
import {
  addBulk,
  findBulk,
  findBulkByFingerprint,
  getBulk,
  listBulks,
  readCounts,
  removeBulk,
  type StoredBulk,
} from './bulk-table.ts';
import { isOwned, joinBulk, listBulkWorkers } from './bulk-workers.ts';
import { readOutcomes } from './claims.ts';
import { type LedgerDatabase, type Sql, unlimited } from './database.ts';
import { applyAndSave, findMessage } from './messages.ts';
import { holdSlots, reserveSlots } from './rate-slots.ts';
import { countRemaining, findUnsettledRows, recoverDeadClaims } from './recovery.ts';
import { encodeRow, findRow, readRow, readRows, rowsPerRead } from './rows.ts';
import { readClaimedRows } from './turn.ts';

/** Outcomes read at once. */
const outcomesPerPage = 500;

export function openBulks(database: LedgerDatabase): Bulks {
  const { write, read, workers } = database;

  /** Yields the rows of a bulk in pages; changes made meanwhile are visible. */
  async function* pages(id: string, filter: RowFilter): AsyncGenerator<NumberedDelivery[]> {
    for (let first = 1, isLast = false; !isLast; first += rowsPerRead) {
      const { rows, size } = await read(async (sql) => {
        const storedBulk = await getBulk(sql, id);
        return {
          rows: await readRows(sql, storedBulk, filter, first, first + rowsPerRead - 1),
          size: storedBulk.bulk.rows,
        };
      });
      isLast = first + rowsPerRead > size;
      if (rows.length > 0) yield rows;
    }
  }

  return {
    begin: (spec) =>
      write(async (sql) => {
        // Remove bulks that were never sealed and that no process is creating.
        for (const storedBulk of await listBulks(sql))
          if (storedBulk.fingerprint === null && !(await isOwned(sql, storedBulk, workers)))
            await removeBulk(sql, storedBulk);
        await addBulk(sql, spec, workers.own());
      }),
    add: (id, entries) => write(async (sql) => addRows(sql, await getBulk(sql, id), entries)),
    seal: (id, fingerprint) =>
      write(async (sql) => {
        const known = await findBulkByFingerprint(sql, fingerprint);
        const current = await getBulk(sql, id);
        if (known) await removeBulk(sql, current);
        else {
          await sql.run(
            'UPDATE bulks SET fingerprint = ?, owner = NULL, stopped = 1 WHERE id = ?',
            fingerprint,
            id,
          );
          await freeRows(sql, current, database.stretchRows);
        }
        return known
          ? { bulk: known.bulk, isNew: false }
          : { bulk: { ...current.bulk, stopped: true }, isNew: true };
      }),
    findByFingerprint: (fingerprint) =>
      read(async (sql) => (await findBulkByFingerprint(sql, fingerprint))?.bulk),
    drop: (id) =>
      write(async (sql) => {
        const storedBulk = await findBulk(sql, id);
        if (storedBulk === undefined) return;
        const claim = await sql.get('SELECT 1 FROM bulk_claims WHERE bulk = ? LIMIT 1', storedBulk.seq);
        // Another process that was given the same rows may be sending it by now.
        if (claim === undefined && !(await isOwned(sql, storedBulk, workers, workers.own())))
          await removeBulk(sql, storedBulk);
      }),
    find: (id) => read(async (sql) => toSealedBulk(await findBulk(sql, id))),
    list: () => read(async (sql) => (await listBulks(sql)).flatMap((one) => toSealedBulk(one) ?? [])),
    countUnsettled: (id) => read(async (sql) => countRemaining(sql, await getBulk(sql, id))),
    counts: (id) => read(async (sql) => readCounts(sql, await getBulk(sql, id))),
    async *deliveries(id, filter = {}) {
      for await (const rows of pages(id, filter)) yield rows.map(({ delivery }) => delivery);
    },
    rows: (id, filter = {}) => pages(id, filter),
    async *outcomes(id) {
      for (let after = 0; ; ) {
        const rows = await read(async (sql) =>
          readOutcomes(sql, await getBulk(sql, id), after, outcomesPerPage),
        );
        if (rows.length > 0) yield rows;
        if (rows.length < outcomesPerPage) return;
        after = rows.at(-1)?.row ?? after;
      }
    },
    retriedRows: (id) => read((sql) => findOrigins(sql, id)),
    async reserve(limits, count) {
      const slots = await write((sql) => reserveSlots(sql, limits, count, database.clock));
      return { ...slots, from: slots.from - clockShift(database) };
    },
    hold: (until) => write((sql) => holdSlots(sql, until + clockShift(database), database.clock)),
    stop: (id, stopped) => write((sql) => setStopped(sql, id, stopped)),
    isRunning: (id) =>
      read(async (sql) => {
        const storedBulk = await findBulk(sql, id);
        return (
          storedBulk !== undefined && storedBulk.fingerprint !== null && isOwned(sql, storedBulk, workers)
        );
      }),
    workers: (id) => read(async (sql) => listBulkWorkers(sql, await getBulk(sql, id), workers)),
    async take(id, route, now, { joins = false } = {}) {
      const recovered = await write(async (sql) => {
        const storedBulk = await getBulk(sql, id);
        if (joins && storedBulk.bulk.stopped) fail('setup', 'bulk.stopped', `bulk ${id} is stopped`);
        if (!joins && (await isOwned(sql, storedBulk, workers, workers.own())))
          fail('setup', 'bulk.running', `bulk ${id} is being sent by another process`);
        const lost = await recoverDeadClaims(sql, storedBulk, database, now, workers.own());
        if (!joins) await setStopped(sql, id, false);
        await joinBulk(sql, storedBulk, workers, now);
        // A worker that sends alone lists all doubts anyway.
        return joins ? readClaimedRows(sql, storedBulk, lost) : [];
      });
      return openRun(id, route, database, recovered);
    },
    resolve: (id, sent, reason, now) =>
      write(async (sql) => {
        const storedBulk = await getBulk(sql, id);
        if (await isOwned(sql, storedBulk, workers))
          fail('setup', 'bulk.running', `bulk ${id} is being sent`);
        await recoverDeadClaims(sql, storedBulk, database, now);
        const resolved: Delivery[] = [];
        for (const row of await findUnsettledRows(sql, storedBulk, 'doubt', 0, unlimited)) {
          const stored = await readRow(sql, storedBulk, row);
          if (stored)
            resolved.push(await applyAndSave(sql, stored, { kind: 'resolved', at: now, sent, reason }));
        }
        return resolved;
      }),
  };
}

/** Returns the milliseconds by which the clock of the ledger is ahead of that of this machine. */
function clockShift({ clock, localClock }: LedgerDatabase): number {
  return clock === localClock ? 0 : clock.monotonic() - localClock.monotonic();
}

async function setStopped(sql: Sql, id: string, stopped: boolean): Promise<void> {
  await sql.run('UPDATE bulks SET stopped = ? WHERE id = ?', stopped ? 1 : 0, id);
}

function toSealedBulk(storedBulk: StoredBulk | undefined): Bulk | undefined {
  return storedBulk?.fingerprint == null ? undefined : storedBulk.bulk;
}

async function addRows(
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

async function findOrigins(sql: Sql, id: string): Promise<Set<number>> {
  const origins = new Set<number>();
  const query = `SELECT CAST(${sql.grammar.at('body', 'origin')} AS BIGINT) AS origin FROM bulk_rows WHERE bulk = ?`;
  for (const { seq, bulk, fingerprint } of await listBulks(sql)) {
    if (bulk.retryOf !== id || fingerprint === null) continue;
    for (const { origin } of await sql.all<{ origin: number }>(query, seq)) origins.add(origin);
  }
  return origins;
}
