import { fail } from '../errors.ts';
import type { Bulk } from '../message/bulk.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Bulks, NumberedDelivery, RowFilter } from './api.ts';
import {
  findBulk,
  findBulkByFingerprint,
  getBulk,
  listBulks,
  readCounts,
  removeBulk,
  type StoredBulk,
  setStopped,
} from './bulk-table.ts';
import { isOwned, listBulkWorkers } from './bulk-workers.ts';
import { readOutcomes } from './claims.ts';
import { type LedgerDatabase, type Sql, unlimited } from './database.ts';
import { applyAndSave } from './messages.ts';
import { holdSlots, reserveSlots } from './rate-slots.ts';
import { countRemaining, findUnsettledRows, recoverDeadClaims } from './recovery.ts';
import { readRow, readRows, rowsPerRead } from './rows.ts';

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
    async begin(spec) {
      const { beginBulk } = await import('./bulk-creation.ts');
      await write((sql) => beginBulk(sql, spec, workers));
    },
    async add(id, entries) {
      const { addRows } = await import('./bulk-creation.ts');
      return write(async (sql) => addRows(sql, await getBulk(sql, id), entries));
    },
    async seal(id, fingerprint) {
      const { sealBulk } = await import('./bulk-creation.ts');
      return write((sql) => sealBulk(sql, id, fingerprint, database.stretchRows));
    },
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
      const { takeBulk } = await import('./bulk-run.ts');
      return takeBulk(id, route, now, joins, database);
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

function toSealedBulk(storedBulk: StoredBulk | undefined): Bulk | undefined {
  return storedBulk?.fingerprint == null ? undefined : storedBulk.bulk;
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
