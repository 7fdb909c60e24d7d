import { fail } from '../errors.ts';
import type { Bulk, BulkRow } from '../message/bulk.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Sql } from '../storage/database.ts';
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
  setOwner,
} from './bulk-table.ts';
import { readOutcomes } from './claims.ts';
import type { LedgerDatabase } from './database.ts';
import { applyAndSave, findMessage } from './messages.ts';
import { reserveSlots } from './rate-slots.ts';
import { countRemaining, findUnsettledRows, recoverDeadClaims } from './recovery.ts';
import { encodeRow, findRow, readRow, readRows, rowsPerRead } from './rows.ts';

/** Outcomes read at once. */
const outcomesPerPage = 500;

export function openBulks(access: LedgerDatabase): Bulks {
  const { write, read, workers } = access;
  /** Reports whether a worker other than this one creates or sends the bulk. */
  const isBusy = (sql: Sql, { owner }: StoredBulk) =>
    owner !== null && owner !== workers.own() && workers.isAlive(sql, owner);

  /** Yields the rows of a bulk in pages; changes made meanwhile are visible. */
  async function* pages(id: string, filter: RowFilter): AsyncGenerator<NumberedDelivery[]> {
    for (let first = 1, isLast = false; !isLast; first += rowsPerRead) {
      const rows = await read((sql) => {
        const storedBulk = getBulk(sql, id);
        isLast = first + rowsPerRead > storedBulk.bulk.rows;
        return readRows(sql, storedBulk, filter, first, first + rowsPerRead - 1);
      });
      if (rows.length > 0) yield rows;
    }
  }

  return {
    begin: (spec) =>
      write((sql) => {
        // Remove bulks that were never sealed and that no process is creating.
        for (const storedBulk of listBulks(sql))
          if (storedBulk.fingerprint === null && !isOwned(sql, storedBulk)) removeBulk(sql, storedBulk);
        addBulk(sql, spec, workers.own());
      }),
    add: (id, entries) => write((sql) => addRows(sql, getBulk(sql, id), entries)),
    seal: (id, fingerprint) =>
      write((sql) => {
        const known = findBulkByFingerprint(sql, fingerprint);
        const current = getBulk(sql, id);
        if (known) removeBulk(sql, current);
        else sql.run('UPDATE bulks SET fingerprint = ?, owner = NULL WHERE id = ?', fingerprint, id);
        return { bulk: (known ?? current).bulk, isNew: known === undefined };
      }),
    findByFingerprint: (fingerprint) => read((sql) => findBulkByFingerprint(sql, fingerprint)?.bulk),
    drop: (id) =>
      write((sql) => {
        const storedBulk = findBulk(sql, id);
        // Another process that was given the same rows may be sending it by now.
        if (storedBulk?.next === 1 && !isBusy(sql, storedBulk)) removeBulk(sql, storedBulk);
      }),
    find: (id) => read((sql) => toSealedBulk(findBulk(sql, id))),
    list: () => read((sql) => listBulks(sql).flatMap((storedBulk) => toSealedBulk(storedBulk) ?? [])),
    countUnsettled: (id) => read((sql) => countRemaining(sql, getBulk(sql, id))),
    counts: (id) => read((sql) => readCounts(sql, getBulk(sql, id))),
    async *deliveries(id, filter = {}) {
      for await (const rows of pages(id, filter)) yield rows.map(({ delivery }) => delivery);
    },
    rows: (id, filter = {}) => pages(id, filter),
    async *outcomes(id) {
      for (let after = 0; ; ) {
        const rows = await read((sql) => readOutcomes(sql, getBulk(sql, id), after, outcomesPerPage));
        if (rows.length > 0) yield rows;
        if (rows.length < outcomesPerPage) return;
        after = rows.at(-1)?.row ?? after;
      }
    },
    retriedRows: (id) => read((sql) => findOrigins(sql, id)),
    reserve: (limits, count) => write((sql) => reserveSlots(sql, limits, count, access.clock)),
    stop: (id, stopped) =>
      write((sql) => {
        sql.run('UPDATE bulks SET stopped = ? WHERE id = ?', stopped ? 1 : 0, id);
      }),
    isRunning: (id) =>
      read((sql) => {
        const storedBulk = findBulk(sql, id);
        return storedBulk !== undefined && storedBulk.fingerprint !== null && isOwned(sql, storedBulk);
      }),
    async take(id, route, now) {
      await write((sql) => {
        const storedBulk = getBulk(sql, id);
        if (isBusy(sql, storedBulk))
          fail('setup', 'bulk.running', `bulk ${id} is being sent by another process`);
        setOwner(sql, storedBulk, workers.own());
        recoverDeadClaims(sql, storedBulk, access, now);
      });
      return openRun(id, route, access);
    },
    resolve: (id, sent, reason, now) =>
      write((sql) => {
        const storedBulk = getBulk(sql, id);
        if (isOwned(sql, storedBulk)) fail('setup', 'bulk.running', `bulk ${id} is being sent`);
        recoverDeadClaims(sql, storedBulk, access, now);
        const rows = findUnsettledRows(sql, storedBulk, 'doubt', 0, -1);
        return rows.flatMap((row) => {
          const stored = readRow(sql, storedBulk, row);
          return stored ? [applyAndSave(sql, stored, { kind: 'resolved', at: now, sent, reason })] : [];
        });
      }),
  };

  function isOwned(sql: Sql, { owner }: StoredBulk): boolean {
    return owner !== null && workers.isAlive(sql, owner);
  }
}

function toSealedBulk(storedBulk: StoredBulk | undefined): Bulk | undefined {
  return storedBulk?.fingerprint == null ? undefined : storedBulk.bulk;
}

function addRows(sql: Sql, { seq, bulk }: StoredBulk, entries: readonly BulkRow[]): Map<number, Delivery> {
  const known = new Map<number, Delivery>();
  entries.forEach(({ id }, index) => {
    const stored = id === null ? undefined : (findMessage(sql, id) ?? findRow(sql, id));
    if (stored) known.set(index, stored.delivery);
  });
  const added = entries.filter((_, index) => !known.has(index));
  const first = bulk.rows + 1;
  // One text for all rows: a call for each row, and each column of it, would be slower.
  sql.run(
    'INSERT INTO bulk_rows (bulk, row, body) SELECT ?, ? + key, value FROM json_each(?)',
    seq,
    first,
    JSON.stringify(added.map((entry) => encodeRow(entry, bulk.common))),
  );
  const ids = added.flatMap(({ id }, index) => (id === null ? [] : [[id, first + index]]));
  if (ids.length > 0)
    sql.run(
      'INSERT INTO bulk_ids (id, bulk, row) SELECT value ->> 0, ?, value ->> 1 FROM json_each(?)',
      seq,
      JSON.stringify(ids),
    );
  sql.run('UPDATE bulks SET rows = rows + ? WHERE seq = ?', added.length, seq);
  return known;
}

function findOrigins(sql: Sql, id: string): Set<number> {
  const retries = listBulks(sql).filter(
    ({ bulk, fingerprint }) => bulk.retryOf === id && fingerprint !== null,
  );
  const origins = retries.flatMap(({ seq }) =>
    sql.all<{ origin: number }>(
      "SELECT json_extract(body, '$.origin') AS origin FROM bulk_rows WHERE bulk = ?",
      seq,
    ),
  );
  return new Set(origins.map(({ origin }) => origin));
}
