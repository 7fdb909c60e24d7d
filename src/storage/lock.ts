import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { type Connect, type Connection, connect, type Engine } from './engine.ts';

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
    if (isBusy(cause)) return undefined;
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

/** A kernel lock on a file of its own, held until it is released or its process ends, however it ends. */
export interface HeldLock {
  /** Removes the file, then gives up the lock: while the file is there and the lock is free, its holder has died. */
  release(): void;
}

/** Takes a lock on a file that nobody else will ever take: its name is unique. @throws what the file system throws */
export function acquireLock(connectTo: Connect, path: string): HeldLock {
  make(path);
  const connection = connectTo(path);
  connection.exec('PRAGMA journal_mode = MEMORY');
  connection.exec('BEGIN EXCLUSIVE');
  return {
    release() {
      remove(path);
      connection.close();
    },
  };
}

/** Looks again and again whether a lock taken with `holdLock` is still held. */
export interface LockProbe {
  isHeld(): boolean;
  close(): void;
}

/**
 * Opens a probe, which keeps its connection: SQLite does not always give back the descriptor of one that is closed while
 * another process holds the lock.
 */
export function openProbe(connectTo: Connect, path: string): LockProbe {
  let connection: Connection | undefined;
  const close = () => {
    connection?.close();
    connection = undefined;
  };
  return {
    isHeld() {
      if (!existsSync(path)) {
        close();
        return false;
      }
      try {
        if (connection === undefined) {
          connection = connectTo(path);
          connection.exec('PRAGMA busy_timeout = 0');
        }
        // Reading takes a shared lock for a moment, so that two who look do not take each other for the holder. Not with a
        // prepared statement: libsql keeps the descriptor of a connection that had one.
        connection.exec('SELECT count(*) FROM sqlite_master');
      } catch (cause) {
        if (isBusy(cause)) return true;
        throw cause;
      }
      // Its holder has died and left it.
      remove(path);
      close();
      return false;
    },
    close,
  };
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && /locked|busy/i.test(cause.message);
}

function remove(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Windows keeps a file that is open; it is removed by whoever looks next.
  }
}

/** Only ever made, never opened again besides SQLite: closing a file gives up all locks that its process has on it. */
function make(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  }
}
