import { Failure, fail } from '../errors.ts';
import { openDatabase, type Sql } from '../storage/database.ts';
import { bestEngine } from '../storage/engine.ts';
import { type MonotonicClock, systemClock } from '../storage/monotonic.ts';
import { type Marker, openMarker } from './marker.ts';
import { schema } from './schema.ts';
import { openWorkers, type Workers } from './workers.ts';

/** The way into the ledger's database. @throws Failure `ledger.unusable` from every method */
export interface LedgerDatabase {
  /** One transaction: all or nothing, and durable when it resolves; where `written` is enough, only once `sync` was called. */
  write<T>(work: (sql: Sql) => T, written?: 'written'): Promise<T>;
  /** Makes all durable that was written. */
  sync(): Promise<void>;
  read<T>(work: (sql: Sql) => T): Promise<T>;
  workers: Workers;
  marker: Marker;
  clock: MonotonicClock;
  close(): void;
}

export interface LedgerOptions {
  /** Where markers lie that tell a ledger from its copies; absent: copies are not told. */
  markers?: string | undefined;
  clock?: MonotonicClock;
  /** `off`: commits survive this process, and not a power cut. */
  durability?: 'full' | 'off';
  /** Calls `beat` every so many milliseconds, until what it returns is called. */
  schedule?(beat: () => void, intervalMs: number): () => void;
}

/** @throws Failure `ledger.unusable`: no disk space, no permission, not a ledger */
export async function openLedgerDatabase(
  path: string,
  { markers, clock = systemClock, durability = 'full', schedule = every }: LedgerOptions = {},
): Promise<LedgerDatabase> {
  const marker = openMarker(markers);
  const database = await guarded(path, () =>
    openDatabase(path, { ...schema, durability }, bestEngine(), marker.ended),
  );
  // A heartbeat that fails is made up for by the next one.
  const attempt = (work: (sql: Sql) => void) => {
    try {
      database.write(work, 'written');
    } catch {}
  };
  const workers = openWorkers(path, database.connectTo, clock, schedule, attempt);
  return {
    write: (work, written) => guarded(path, () => database.write(work, written)),
    sync: () => guarded(path, database.sync),
    read: (work) => guarded(path, () => work(database.read)),
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

function every(beat: () => void, intervalMs: number): () => void {
  const timer = setInterval(beat, intervalMs).unref();
  return () => clearInterval(timer);
}

async function guarded<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof ReferenceError || cause instanceof Failure)
      throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    fail(
      'setup',
      'ledger.unusable',
      `the ledger ${path} cannot be used: ${why}`,
      'look at the disk space and the permissions, or choose another folder with QLARA_STATE_DIR',
      cause,
    );
  }
}
