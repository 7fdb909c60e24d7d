import { closeSync, existsSync, openSync, rmSync } from 'node:fs';
import { type Connect, type Connection, connect, type Engine } from './engine.ts';

/** Longest time that a writer waits for the lock, in milliseconds. It is usually held for a few. */
const lockTimeoutMs = 30_000;

/** A lock between processes, held only for moments. */
export interface Lock {
  /** Runs `work` while no other process holds the lock. @throws Error if the lock is not free in time */
  hold<T>(work: () => T): T;
  /** Takes the lock until it is released as often as it was taken. @throws Error if it is not free in time */
  acquire(): void;
  release(): void;
  close(): void;
}

/**
 * Opens a lock that a killed process cannot leave behind: an exclusive transaction on a database that stays empty. The
 * kernel releases its file locks with the process, however it ended, on every system SQLite runs on.
 *
 * Writers of a WAL need the lock: SQLite before 3.51.3 can corrupt the WAL when two connections write or checkpoint in
 * the same instant (sqlite.org/wal.html, "the WAL-reset bug").
 */
export async function openLock(engine: Engine, path: string): Promise<Lock> {
  const connection = await open(engine, path, lockTimeoutMs);
  const begin = connection.prepare('BEGIN EXCLUSIVE');
  const end = connection.prepare('ROLLBACK');
  let depth = 0;
  const acquire = () => {
    if (depth === 0) begin.run();
    depth++;
  };
  const release = () => {
    depth--;
    if (depth === 0) end.run();
  };
  return {
    acquire,
    release,
    hold(work) {
      acquire();
      try {
        return work();
      } finally {
        release();
      }
    },
    close: () => connection.close(),
  };
}

/**
 * Takes such a lock for a long time, without waiting; resolves to a release function, or to undefined if another
 * process holds the lock.
 */
export async function tryLock(engine: Engine, path: string): Promise<(() => void) | undefined> {
  createFile(path);
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

async function open(engine: Engine, path: string, timeoutMs: number): Promise<Connection> {
  const connection = await connect(engine, path);
  connection.exec(`PRAGMA busy_timeout = ${timeoutMs}`);
  // Nothing is ever written, so there is nothing to journal.
  connection.exec('PRAGMA journal_mode = MEMORY');
  return connection;
}

/** A kernel lock on a file of its own, held until it is released or the process ends in any way. */
export interface HeldLock {
  /** Removes the file, then releases the lock: a file whose lock is free means that its holder died. */
  release(): void;
}

/** Takes a lock on a file with a unique name, which no other process ever takes. @throws errors of the file system */
export function acquireLock(connectTo: Connect, path: string): HeldLock {
  createFile(path);
  const connection = connectTo(path);
  connection.exec('PRAGMA journal_mode = MEMORY');
  connection.exec('BEGIN EXCLUSIVE');
  return {
    release() {
      removeFile(path);
      connection.close();
    },
  };
}

/** Checks repeatedly whether a lock taken with `acquireLock` is still held. */
export interface LockProbe {
  isHeld(): boolean;
  close(): void;
}

/**
 * Opens a probe, which keeps its connection: SQLite does not always release the descriptor of a connection that is
 * closed while another process holds the lock.
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
        // Reading takes a shared lock for a moment, so that two probes do not take each other for the holder. Not a
        // prepared statement: libsql keeps the descriptor of a connection that had one.
        connection.exec('SELECT count(*) FROM sqlite_master');
      } catch (cause) {
        if (isBusy(cause)) return true;
        throw cause;
      }
      // The holder died and left the file.
      removeFile(path);
      close();
      return false;
    },
    close,
  };
}

function isBusy(cause: unknown): boolean {
  return cause instanceof Error && /locked|busy/i.test(cause.message);
}

function removeFile(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Windows keeps a file that is open; the next probe removes it.
  }
}

/** Creates a file. Never opens an existing one: closing a file releases all locks that the process has on it. */
function createFile(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (cause) {
    if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
  }
}
