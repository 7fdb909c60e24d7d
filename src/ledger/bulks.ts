import { fail } from '../errors.ts';
import type { Bulk, BulkRow } from '../message/bulk.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Sql } from '../storage/database.ts';
import type { Bulks, NumberedDelivery, RowFilter } from './api.ts';
import { openRun } from './bulk-run.ts';
import {
  addBulk,
  bulkByFingerprint,
  expectedBulk,
  readCounts,
  removeBulk,
  type StoredBulk,
  setOwner,
  storedBulk,
  storedBulks,
} from './bulk-table.ts';
import { pageOfOutcomes } from './claims.ts';
import type { LedgerDatabase } from './database.ts';
import { applyAndSave, messageById } from './messages.ts';
import { reserveSlots } from './rate-slots.ts';
import { countRemaining, recoverDeadClaims, unsettledRows } from './recovery.ts';
import { encodeRow, rowAt, rowById, rowsBetween, stretch } from './rows.ts';

/** Outcomes read at once. */
const page = 500;

export function openBulks(access: LedgerDatabase): Bulks {
  const { write, read, workers } = access;
  /** Tells whether a worker other than this one makes or sends it. */
  const isBusy = (sql: Sql, { owner }: StoredBulk) =>
    owner !== null && owner !== workers.own() && workers.isAlive(sql, owner);

  /** The rows of a bulk, in pages; what happens to them meanwhile is seen. */
  async function* rowsOf(id: string, filter: RowFilter): AsyncGenerator<NumberedDelivery[]> {
    for (let first = 1, isOver = false; !isOver; first += stretch) {
      const rows = await read((sql) => {
        const kept = expectedBulk(sql, id);
        isOver = first + stretch > kept.bulk.rows;
        return rowsBetween(sql, kept, filter, first, first + stretch - 1);
      });
      if (rows.length > 0) yield rows;
    }
  }

  return {
    begin: (order) =>
      write((sql) => {
        // Bulks that were never sealed, and that no process makes any more.
        for (const kept of storedBulks(sql))
          if (kept.fingerprint === null && !isOwned(sql, kept)) removeBulk(sql, kept);
        addBulk(sql, order, workers.own());
      }),
    add: (id, entries) => write((sql) => addRows(sql, expectedBulk(sql, id), entries)),
    seal: (id, fingerprint) =>
      write((sql) => {
        const known = bulkByFingerprint(sql, fingerprint);
        const made = expectedBulk(sql, id);
        if (known) removeBulk(sql, made);
        else sql.run('UPDATE bulks SET fingerprint = ?, owner = NULL WHERE id = ?', fingerprint, id);
        return { bulk: (known ?? made).bulk, isNew: known === undefined };
      }),
    findByFingerprint: (fingerprint) => read((sql) => bulkByFingerprint(sql, fingerprint)?.bulk),
    drop: (id) =>
      write((sql) => {
        const kept = storedBulk(sql, id);
        // Another process that was given the same rows may send it by now.
        if (kept?.next === 1 && !isBusy(sql, kept)) removeBulk(sql, kept);
      }),
    find: (id) => read((sql) => sealedOnly(storedBulk(sql, id))),
    list: () => read((sql) => storedBulks(sql).flatMap((kept) => sealedOnly(kept) ?? [])),
    countUnsettled: (id) => read((sql) => countRemaining(sql, expectedBulk(sql, id))),
    counts: (id) => read((sql) => readCounts(sql, expectedBulk(sql, id))),
    async *deliveries(id, filter = {}) {
      for await (const rows of rowsOf(id, filter)) yield rows.map(({ delivery }) => delivery);
    },
    rows: (id, filter = {}) => rowsOf(id, filter),
    async *outcomes(id) {
      for (let after = 0; ; ) {
        const rows = await read((sql) => pageOfOutcomes(sql, expectedBulk(sql, id), after, page));
        if (rows.length > 0) yield rows;
        if (rows.length < page) return;
        after = rows.at(-1)?.row ?? after;
      }
    },
    retriedRows: (id) => read((sql) => originsIn(sql, id)),
    reserve: (limits, count) => write((sql) => reserveSlots(sql, limits, count, access.clock)),
    stop: (id, stopped) =>
      write((sql) => {
        sql.run('UPDATE bulks SET stopped = ? WHERE id = ?', stopped ? 1 : 0, id);
      }),
    isRunning: (id) =>
      read((sql) => {
        const kept = storedBulk(sql, id);
        return kept !== undefined && kept.fingerprint !== null && isOwned(sql, kept);
      }),
    async take(id, route, now) {
      await write((sql) => {
        const kept = expectedBulk(sql, id);
        if (isBusy(sql, kept)) fail('setup', 'bulk.running', `bulk ${id} is being sent by another process`);
        setOwner(sql, kept, workers.own());
        recoverDeadClaims(sql, kept, access, now);
      });
      return openRun(id, route, access);
    },
    resolve: (id, sent, reason, now) =>
      write((sql) => {
        const kept = expectedBulk(sql, id);
        if (isOwned(sql, kept)) fail('setup', 'bulk.running', `bulk ${id} is being sent`);
        recoverDeadClaims(sql, kept, access, now);
        const rows = unsettledRows(sql, kept, 'doubt', 0, -1);
        return rows.flatMap((row) => {
          const stored = rowAt(sql, kept, row);
          return stored ? [applyAndSave(stored, { kind: 'resolved', at: now, sent, reason })] : [];
        });
      }),
  };

  function isOwned(sql: Sql, { owner }: StoredBulk): boolean {
    return owner !== null && workers.isAlive(sql, owner);
  }
}

function sealedOnly(kept: StoredBulk | undefined): Bulk | undefined {
  return kept?.fingerprint == null ? undefined : kept.bulk;
}

function addRows(sql: Sql, { seq, bulk }: StoredBulk, entries: readonly BulkRow[]): Map<number, Delivery> {
  const known = new Map<number, Delivery>();
  entries.forEach(({ id }, index) => {
    const stored = id === null ? undefined : (messageById(sql, id) ?? rowById(sql, id));
    if (stored) known.set(index, stored.delivery);
  });
  const added = entries.filter((_, index) => !known.has(index));
  const first = bulk.rows + 1;
  // As one text: each row, and each cell of it, would be a call of its own.
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

function originsIn(sql: Sql, id: string): Set<number> {
  const again = storedBulks(sql).filter(
    ({ bulk, fingerprint }) => bulk.retryOf === id && fingerprint !== null,
  );
  const origins = again.flatMap(({ seq }) =>
    sql.all<{ origin: number }>(
      "SELECT json_extract(body, '$.origin') AS origin FROM bulk_rows WHERE bulk = ?",
      seq,
    ),
  );
  return new Set(origins.map(({ origin }) => origin));
}
