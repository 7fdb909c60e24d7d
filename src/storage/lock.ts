import { closeSync, existsSync, openSync } from 'node:fs';
import { type Connection, connect, type Engine } from './engine.ts';

/** How long a writer waits for its turn, in milliseconds. A turn takes a few. */
const patience = 30_000;

/** A lock between processes, held only inside `hold`. */
export interface Lock {
  /** Runs `work` while no other process holds the lock. @throws when the turn does not come in time */
  hold<T>(work: () => T): T;
  close(): void;
}

/**
 * A lock that a killed process cannot leave behind: an exclusive transaction on a database that stays empty.
 * The kernel frees its file locks with the process, whatever ended it, on every system SQLite runs on.
 *
 * Writers of a WAL need it: SQLite before 3.51.3 can corrupt the WAL when two connections write or
 * checkpoint in the same instant (sqlite.org/wal.html, "the WAL-reset bug").
 */
export async function openLock(engine: Engine, path: string): Promise<Lock> {
  const connection = await open(engine, path, patience);
  const begin = connection.prepare('BEGIN EXCLUSIVE');
  const end = connection.prepare('ROLLBACK');
  let depth = 0;
  return {
    hold(work) {
      if (depth === 0) begin.run();
      depth++;
      try {
        return work();
      } finally {
        depth--;
        if (depth === 0) end.run();
      }
    },
    close: () => connection.close(),
  };
}

/**
 * Takes such a lock for long, at once or not at all: resolves to what gives it back, or to undefined where another
 * process has it.
 */
export async function takeLock(engine: Engine, path: string): Promise<(() => void) | undefined> {
  make(path);
  let connection: Connection | undefined;
  try {
    connection = await open(engine, path, 0);
    connection.exec('BEGIN EXCLUSIVE');
    return () => connection?.close();
  } catch (cause) {
    connection?.close();
    if (cause instanceof Error && /locked|busy/i.test(cause.message)) return undefined;
    throw cause;
  }
}

async function open(engine: Engine, path: string, wait: number): Promise<Connection> {
  const connection = await connect(engine, path);
  connection.exec(`PRAGMA busy_timeout = ${wait}`);
  // Nothing is ever written, so there is nothing to journal.
  connection.exec('PRAGMA journal_mode = MEMORY');
  return connection;
}

/**
 * As `takeLock`, for who would have it for long: waits for those who only look whether it is taken, which they do by
 * taking it for a moment.
 */
export async function keepLock(engine: Engine, path: string): Promise<(() => void) | undefined> {
  for (let tries = 0; ; tries++) {
    const free = await takeLock(engine, path);
    if (free !== undefined || tries === 5) return free;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Whether a process has taken it. */
export async function isTaken(engine: Engine, path: string): Promise<boolean> {
  if (!existsSync(path)) return false;
  const free = await takeLock(engine, path);
  free?.();
  return free === undefined;
}

/** Only ever made, never opened again besides SQLite: closing a file gives up all locks that its process has on it. */
function make(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  }
}
