import { Failure, fail } from '../errors.ts';
import { openDatabase, type Sql } from '../storage/database.ts';
import { bestEngine } from '../storage/engine.ts';
import { type MonotonicClock, systemClock } from '../storage/monotonic.ts';
import { type Marker, openMarker } from './marker.ts';
import { schema } from './schema.ts';
import { openWorkers, type Workers } from './workers.ts';

/** Access to the ledger's database. Every method throws Failure `ledger.unusable`. */
export interface LedgerDatabase {
  /**
   * Runs one transaction: all or nothing, durable when it resolves; with `written`, durable only after the next `sync`.
   */
  write<T>(work: (sql: Sql) => T, written?: 'written'): Promise<T>;
  /** Makes everything written durable. */
  sync(): Promise<void>;
  read<T>(work: (sql: Sql) => T): Promise<T>;
  workers: Workers;
  marker: Marker;
  clock: MonotonicClock;
  close(): void;
}

export interface LedgerOptions {
  /** Folder of the markers that tell a ledger from its copies; absent: copies are not detected. */
  markers?: string | undefined;
  clock?: MonotonicClock;
  /** `off`: commits survive this process, but not a power cut. */
  durability?: 'full' | 'off';
  /** Calls `beat` every `intervalMs` milliseconds until the returned function is called. */
  schedule?(beat: () => void, intervalMs: number): () => void;
}

/** Opens the database. @throws Failure `ledger.unusable`: no disk space, no permission, not a ledger */
export async function openLedgerDatabase(
  path: string,
  { markers, clock = systemClock, durability = 'full', schedule = scheduleEvery }: LedgerOptions = {},
): Promise<LedgerDatabase> {
  const marker = openMarker(markers);
  const database = await wrapErrors(path, () =>
    openDatabase(path, { ...schema, durability }, bestEngine(), marker.transactionEnded),
  );
  // A failed heartbeat is made up for by the next one.
  const tryWrite = (work: (sql: Sql) => void) => {
    try {
      database.write(work, 'written');
    } catch {}
  };
  const workers = openWorkers(path, database.connectTo, clock, schedule, tryWrite);
  return {
    write: (work, written) => wrapErrors(path, () => database.write(work, written)),
    sync: () => wrapErrors(path, database.sync),
    read: (work) => wrapErrors(path, () => work(database.read)),
    workers,
    marker,
    clock,
    close() {
      workers.close();
      marker.close();
      database.close();
    },
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
    fail(
      'setup',
      'ledger.unusable',
      `cannot use the ledger ${path}: ${reason}`,
      'check disk space and permissions, or choose another folder with QLARA_STATE_DIR',
      cause,
    );
  }
}
