import { rmSync } from 'node:fs';
import { fail } from '../errors.ts';
import type { Bulk, Entry } from '../message/bulk.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Sql } from '../storage/database.ts';
import { bestEngine } from '../storage/engine.ts';
import { isTaken, keepLock, takeLock } from '../storage/lock.ts';
import type { Access } from './access.ts';
import { rowsBetween, stretch } from './bulk-listing.ts';
import { pageOfOutcomes } from './bulk-outcomes.ts';
import { rowById, written } from './bulk-rows.ts';
import { openRun } from './bulk-run.ts';
import {
  addBulk,
  bulkByFingerprint,
  countsOf,
  expectedBulk,
  type KeptBulk,
  keptBulk,
  keptBulks,
  removeBulk,
} from './bulk-table.ts';
import type { Bulks, Placed, RowFilter } from './bulks.ts';
import { messageById } from './messages.ts';
import { reserve } from './pace.ts';
import { leftOf } from './unsettled.ts';

/** Outcomes read at once. */
const page = 500;

export function openBulks(access: Access): Bulks {
  const { write, read } = access;
  const lockOf = (id: string) => `${access.path}.${id}.lock`;
  // Held while a bulk is being made, so that others can tell it from one whose maker is gone.
  const making = new Map<string, () => void>();

  function leave(id: string): void {
    making.get(id)?.();
    if (making.delete(id)) rmSync(lockOf(id), { force: true });
  }

  /** Those that were never sealed, and that nobody is making any more. */
  async function clearLeftovers(): Promise<void> {
    const unsealed = (await read(keptBulks)).filter(({ fingerprint }) => fingerprint === null);
    for (const { bulk } of unsealed) {
      const free = await takeLock(bestEngine(), lockOf(bulk.id));
      if (free === undefined) continue;
      await write((sql) => remove(sql, bulk.id));
      free();
      rmSync(lockOf(bulk.id), { force: true });
    }
  }

  /** The rows of a bulk, in pages; what happens to them meanwhile is seen. */
  async function* rowsOf(id: string, filter: RowFilter): AsyncGenerator<Placed[]> {
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
    async begin(order) {
      await clearLeftovers();
      const free = await takeLock(bestEngine(), lockOf(order.id));
      if (free) making.set(order.id, free);
      await write((sql) => addBulk(sql, order));
    },
    add: (id, entries) => write((sql) => addRows(sql, expectedBulk(sql, id), entries)),
    async seal(id, fingerprint) {
      const sealed = await write((sql) => {
        const known = bulkByFingerprint(sql, fingerprint);
        if (known) remove(sql, id);
        else sql.run('UPDATE bulks SET fingerprint = ? WHERE id = ?', fingerprint, id);
        return { bulk: (known ?? expectedBulk(sql, id)).bulk, isNew: known === undefined };
      });
      leave(id);
      return sealed;
    },
    alike: (fingerprint) => read((sql) => bulkByFingerprint(sql, fingerprint)?.bulk),
    async drop(id) {
      // Whoever asked for the same in the meantime may be sending it.
      await write((sql) => (keptBulk(sql, id)?.next === 1 ? remove(sql, id) : undefined));
      leave(id);
    },
    find: (id) => read((sql) => sealedOnly(keptBulk(sql, id))),
    list: () => read((sql) => keptBulks(sql).flatMap((kept) => sealedOnly(kept) ?? [])),
    left: (id) => read((sql) => leftOf(sql, expectedBulk(sql, id))),
    counts: (id) => read((sql) => countsOf(sql, expectedBulk(sql, id))),
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
    retried: (id) => read((sql) => originsIn(sql, id)),
    reserve: (limits, count, now) => write((sql) => reserve(sql, limits, count, now)),
    stop: (id, stopped) =>
      write((sql) => {
        sql.run('UPDATE bulks SET stopped = ? WHERE id = ?', stopped ? 1 : 0, id);
      }),
    isRunning: (id) => isTaken(bestEngine(), lockOf(id)),
    close() {
      for (const free of making.values()) free();
    },
    async take(id, owner, now) {
      const free = await keepLock(bestEngine(), lockOf(id));
      if (free === undefined) fail('setup', 'bulk.running', `bulk ${id} is being sent by another process`);
      return openRun(id, owner, now, access, async () => {
        const { queued, doubt } = await read((sql) => leftOf(sql, expectedBulk(sql, id)));
        // Once nothing is left to send, nobody needs to be kept out.
        if (queued + doubt === 0) rmSync(lockOf(id), { force: true });
        free();
      });
    },
  };
}

function sealedOnly(kept: KeptBulk | undefined): Bulk | undefined {
  return kept?.fingerprint == null ? undefined : kept.bulk;
}

function remove(sql: Sql, id: string): void {
  const kept = keptBulk(sql, id);
  if (kept) removeBulk(sql, kept);
}

function addRows(sql: Sql, { seq, bulk }: KeptBulk, entries: readonly Entry[]): Map<number, Delivery> {
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
    JSON.stringify(added.map((entry) => written(entry, bulk.common))),
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
  const again = keptBulks(sql).filter(({ bulk, fingerprint }) => bulk.retryOf === id && fingerprint !== null);
  const origins = again.flatMap(({ seq }) =>
    sql.all<{ origin: number }>(
      "SELECT json_extract(body, '$.origin') AS origin FROM bulk_rows WHERE bulk = ?",
      seq,
    ),
  );
  return new Set(origins.map(({ origin }) => origin));
}
