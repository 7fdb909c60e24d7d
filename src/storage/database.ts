import { chmodSync, closeSync, openSync } from 'node:fs';
import { type FileHandle, open as openFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import {
  bestEngine,
  type Connect,
  type Connection,
  type Engine,
  loadEngine,
  type Statement,
  type Value,
} from './engine.ts';
import { makeFolder } from './folder.ts';
import { type Lock, openLock } from './lock.ts';

/** Access by SQL text; each statement is prepared once. */
export interface SyncSql {
  /** Runs a statement; returns the number of changed rows. */
  run(sql: string, ...values: Value[]): number;
  get<Row>(sql: string, ...values: Value[]): Row | undefined;
  all<Row>(sql: string, ...values: Value[]): Row[];
}

export interface Database {
  /** Read access, which sees what other processes have committed. */
  read: SyncSql;
  /**
   * Runs one transaction, serialized with other processes: all or nothing, durable when it returns. With `written` it
   * survives this process, and is durable only after the next `sync`.
   */
  write<T>(work: (sql: SyncSql) => T, written?: 'written'): T;
  /** Begins a transaction as `write` does, which the caller ends: nothing else may write until then. */
  begin(written?: 'written'): Transaction;
  /** Makes everything written durable; does not block this process. */
  sync(): Promise<void>;
  /** Opens other files with the same engine, for locks. */
  connectTo: Connect;
  close(): void;
}

/** A transaction under way. Exactly one of both functions must be called. */
export interface Transaction {
  commit(): void;
  rollback(): void;
}

export interface Schema {
  /** SQL that migrates a database from version n to n + 1, at index n. */
  steps: readonly string[];
  /** `full`: a commit survives a power cut. `off`: a commit survives this process. */
  durability: 'full' | 'off';
  /** Says what a version stands for that is newer than all known ones; undefined for a newer program's. */
  explainVersion?(version: number, sql: SyncSql): string | undefined;
}

/**
 * Opens or creates a SQLite database in WAL mode, readable by its owner only. Calls `ended` at the end of each
 * transaction, before another process can begin one.
 * @throws errors of the file system or of SQLite; the caller knows the purpose of the file
 */
export async function openDatabase(
  path: string,
  schema: Schema,
  engine: Engine = bestEngine(),
  onTransactionEnd: (committed: boolean) => void = () => {},
): Promise<Database> {
  makeFolder(dirname(path));
  createFile(path);
  createFile(`${path}.lock`);
  const lock = await openLock(engine, `${path}.lock`);
  try {
    const connectTo = await loadEngine(engine);
    const connection = connectTo(path);
    lock.hold(() => migrate(connection, schema));
    return { connectTo, ...createAccess(connection, lock, path, schema, onTransactionEnd) };
  } catch (cause) {
    lock.close();
    throw cause;
  }
}

/** Creates a file with the right mode, which SQLite also gives to the WAL. */
function createFile(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
  if (process.platform !== 'win32') chmodSync(path, 0o600);
}

function migrate(connection: Connection, { steps, durability, explainVersion }: Schema): void {
  connection.exec('PRAGMA busy_timeout = 30000');
  connection.exec('PRAGMA journal_mode = WAL');
  connection.exec(`PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'OFF'}`);
  const { user_version: version } = connection.prepare('PRAGMA user_version').get() as {
    user_version: number;
  };
  if (version > steps.length)
    throw new Error(
      explainVersion?.(version, statements(connection)) ??
        `it was written by a newer version of qlara (schema ${version}, known ${steps.length})`,
    );
  if (version === steps.length) return;
  connection.exec('BEGIN IMMEDIATE');
  for (const step of steps.slice(version)) connection.exec(step);
  connection.exec(`PRAGMA user_version = ${steps.length}`);
  connection.exec('COMMIT');
}

function createAccess(
  connection: Connection,
  lock: Lock,
  path: string,
  { durability }: Schema,
  onTransactionEnd: (committed: boolean) => void,
): Omit<Database, 'connectTo'> {
  const sql = statements(connection);
  let open = true;
  let currentLevel = '';
  const setSynchronous = (wanted: 'FULL' | 'NORMAL') => {
    if (currentLevel !== wanted) connection.exec(`PRAGMA synchronous = ${wanted}`);
    currentLevel = wanted;
  };
  let walFile: Promise<FileHandle> | undefined;
  const close = () => {
    if (!open) return;
    open = false;
    walFile?.then((file) => file.close()).catch(() => {});
    atExit.delete(close);
    // The last connection to close writes the WAL back, so closing is a write and needs the lock.
    lock.hold(() => connection.close());
    lock.close();
  };
  // Without this, the library closes the database at the end of the process, without the lock.
  // One listener for all databases: Node warns of many.
  if (!process.listeners('exit').includes(closeAll)) process.on('exit', closeAll);
  atExit.add(close);

  function begin(written?: 'written'): Transaction {
    lock.acquire();
    try {
      if (durability === 'full') setSynchronous(written ? 'NORMAL' : 'FULL');
      connection.exec('BEGIN IMMEDIATE');
    } catch (cause) {
      lock.release();
      throw cause;
    }
    const rollback = () => {
      onTransactionEnd(false);
      // A full disk may have rolled back already; then there is nothing to undo.
      try {
        connection.exec('ROLLBACK');
      } catch {}
      lock.release();
    };
    return {
      commit() {
        try {
          connection.exec('COMMIT');
          onTransactionEnd(true);
        } catch (cause) {
          rollback();
          throw cause;
        }
        lock.release();
      },
      rollback,
    };
  }

  return {
    read: sql,
    begin,
    write(work, written) {
      const transaction = begin(written);
      let result: ReturnType<typeof work>;
      try {
        result = work(sql);
      } catch (cause) {
        transaction.rollback();
        throw cause;
      }
      transaction.commit();
      return result;
    },
    async sync() {
      if (durability === 'off') return;
      // Everything committed is in the WAL, or already in the database, which SQLite itself has made durable.
      walFile ??= openFile(`${path}-wal`, 'r+');
      await (await walFile).datasync();
    },
    close,
  };
}

/** Functions that close the databases still open at the end of the process. */
const atExit = new Set<() => void>();

function closeAll(): void {
  for (const close of atExit) close();
}

function statements(connection: Connection): SyncSql {
  const prepared = new Map<string, Statement>();
  const statement = (text: string) => {
    let known = prepared.get(text);
    if (known === undefined) {
      known = connection.prepare(text);
      prepared.set(text, known);
    }
    return known;
  };
  return {
    run: (text, ...values) => Number(statement(text).run(...values).changes),
    get: <Row>(text: string, ...values: Value[]) =>
      (statement(text).get(...values) ?? undefined) as Row | undefined,
    all: <Row>(text: string, ...values: Value[]) => statement(text).all(...values) as Row[],
  };
}
