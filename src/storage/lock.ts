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
  const connection: Connection = await connect(engine, path);
  connection.exec(`PRAGMA busy_timeout = ${patience}`);
  // Nothing is ever written, so there is nothing to journal.
  connection.exec('PRAGMA journal_mode = MEMORY');
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
