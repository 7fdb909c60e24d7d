import { statSync } from 'node:fs';
import { Failure, fail } from '../../errors.ts';
import { openDatabase } from '../../storage/database.ts';
import { bestEngine } from '../../storage/engine.ts';
import { type MonotonicClock, systemClock } from '../../storage/monotonic.ts';
import type { Ledger } from '../api.ts';
import type { LedgerDatabase, Sql } from '../database.ts';
import { createLedger } from '../ledger.ts';
import { SerialQueue } from '../serial-queue.ts';
import { grammar } from './grammar.ts';
import { openMarker } from './marker.ts';
import { explainVersion, findMove, refuseMoved } from './moved.ts';
import { schema } from './schema.ts';
import { openWorkers } from './workers.ts';

export interface LedgerOptions {
  /** Folder of the markers that tell a ledger from its copies; absent: copies are not detected. */
  markers?: string | undefined;
  clock?: MonotonicClock;
  /** `off`: commits survive this process, but not a power cut. */
  durability?: 'full' | 'off';
  /** Calls `beat` every `intervalMs` milliseconds until the returned function is called. */
  schedule?(beat: () => Promise<void>, intervalMs: number): () => void;
}

/**
 * Opens or creates the ledger in a SQLite file.
 * @throws Failure `ledger.unusable` here and from every method: no disk space, no permission, not a ledger;
 *   `ledger.moved`
 */
export async function openLedger(path: string, options?: LedgerOptions): Promise<Ledger> {
  const database = await openSqlite(path, options);
  try {
    return await createLedger(database);
  } catch (cause) {
    await database.close();
    throw cause;
  }
}

async function openSqlite(
  path: string,
  { markers, clock = systemClock, durability = 'full', schedule = scheduleEvery }: LedgerOptions = {},
): Promise<LedgerDatabase> {
  const marker = openMarker(markers);
  const queue = queueFor(path);
  const file = await wrapErrors(path, () =>
    queue.run(() =>
      openDatabase(path, { ...schema, durability, explainVersion }, bestEngine(), marker.transactionEnded),
    ),
  );
  const sql: Sql = {
    grammar,
    run: async (text, ...values) => file.read.run(text, ...values),
    get: async (text, ...values) => file.read.get(text, ...values),
    all: async (text, ...values) => file.read.all(text, ...values),
  };
  /** Every promise of `sql` is resolved already: no timer and no socket runs within a transaction. */
  const write = <T>(work: (sql: Sql) => Promise<T>, written?: 'written') =>
    queue.run(async () => {
      const transaction = file.begin(written);
      let result: T;
      try {
        result = await work(sql);
      } catch (cause) {
        transaction.rollback();
        throw cause;
      }
      transaction.commit();
      return result;
    });
  const workers = openWorkers(path, file.connectTo, clock, schedule, (work) =>
    wrapErrors(path, () => write(work, 'written')),
  );
  const database: LedgerDatabase = {
    write: (work, written) => wrapErrors(path, () => write(work, written)),
    read: (work) => wrapErrors(path, () => queue.run(() => work(sql))),
    workers,
    marker,
    // Transactions are serialized, so pieces would save no wait.
    stretchRows: Number.MAX_SAFE_INTEGER,
    isShared: false,
    announceChanges() {},
    nextAnnouncement: () => new Promise(() => {}),
    // A query takes some microseconds.
    pollIntervalMs: 50,
    clock,
    localClock: clock,
    describe: () =>
      wrapErrors(path, () =>
        queue.run(async () => ({
          engine: 'sqlite',
          version: (await sql.get<{ version: string }>('SELECT sqlite_version() AS version'))?.version ?? '',
          schemaVersion: schema.steps.length,
          place: path,
          schema: null,
          bytes: [path, `${path}-wal`].reduce((sum, file) => sum + sizeOf(file), 0),
          workers: await workers.list(sql),
          isUnsafe: false,
        })),
      ),
    close: () =>
      queue.run(async () => {
        workers.close();
        marker.close();
        file.close();
      }),
    async commitTurn(turn) {
      // A single message needs no turn.
      const { runTurn } = await import('../turn.ts');
      const result = await database.write(async (sql) => {
        await workers.assertCurrent(sql);
        return runTurn(sql, turn, database);
      }, 'written');
      // An intent must be durable before its request. A lost outcome would only be requested again.
      if (result.claimed.length > 0) await wrapErrors(path, file.sync);
      return result;
    },
  };
  return database;
}

/** Returns the size of a file in bytes; 0 if there is none. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

const queues = new Map<string, SerialQueue>();

/**
 * Returns the queue of a file: while a transaction is open, a read on its connection would see what is not committed, and
 * a second ledger of this process would wait for the first for ever.
 */
function queueFor(path: string): SerialQueue {
  const queue = queues.get(path) ?? new SerialQueue();
  queues.set(path, queue);
  return queue;
}

function scheduleEvery(beat: () => void, intervalMs: number): () => void {
  const timer = setInterval(beat, intervalMs).unref();
  return () => clearInterval(timer);
}

async function wrapErrors<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof ReferenceError || cause instanceof Failure)
      throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    const move = findMove(reason);
    if (move) refuseMoved(path, move);
    fail(
      'setup',
      'ledger.unusable',
      `cannot use the ledger ${path}: ${reason}`,
      'check disk space and permissions, or choose another folder with QLARA_STATE_DIR',
      cause,
    );
  }
}
