import { statSync } from 'node:fs';
import { Failure, fail } from '../../errors.ts';
import { openDatabase } from '../../storage/database.ts';
import { bestEngine } from '../../storage/engine.ts';
import { type MonotonicClock, systemClock } from '../../storage/monotonic.ts';
import type { Ledger } from '../api.ts';
import type { LedgerDatabase, Sql } from '../database.ts';
import { createLedger } from '../ledger.ts';
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
  const inTurn = queueFor(path);
  const file = await wrapErrors(path, () =>
    inTurn(() =>
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
    inTurn(async () => {
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
    sync: () => wrapErrors(path, file.sync),
    read: (work) => wrapErrors(path, () => inTurn(() => work(sql))),
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
        inTurn(async () => ({
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
      inTurn(async () => {
        workers.close();
        marker.close();
        file.close();
      }),
    async commitTurn(turn) {
      // A single message needs no turn.
      const { runTurn } = await import('../turn.ts');
      const result = await database.write((sql) => runTurn(sql, turn, database), 'written');
      // An intent must be durable before its request. A lost outcome would only be requested again.
      if (result.claimed.length > 0) await database.sync();
      return result;
    },
  };
  return database;
}

/** Returns the size of a file in bytes; 0 if there is none. */
function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}

type Queue = <T>(work: () => Promise<T>) => Promise<T>;

const queues = new Map<string, Queue>();

/**
 * Returns a function that runs one piece of work on a file after another, at once if there is no other: while a
 * transaction is open, a read on its connection would see what is not committed, and a second ledger of this process
 * would wait for the first for ever.
 */
function queueFor(path: string): Queue {
  const queue = queues.get(path) ?? openQueue();
  queues.set(path, queue);
  return queue;
}

function openQueue(): Queue {
  const waiting: (() => void)[] = [];
  let isBusy = false;
  return async (work) => {
    if (isBusy) await new Promise<void>((resolve) => waiting.push(resolve));
    isBusy = true;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else isBusy = false;
    }
  };
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
