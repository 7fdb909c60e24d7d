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

/** Statements by their text, prepared once. */
export interface Sql {
  /** Returns how many rows it changed. */
  run(sql: string, ...values: Value[]): number;
  get<Row>(sql: string, ...values: Value[]): Row | undefined;
  all<Row>(sql: string, ...values: Value[]): Row[];
}

export interface Database {
  /** For reading; sees what other processes have committed. */
  read: Sql;
  /**
   * One transaction, taking turns with other processes. All or nothing; durable when it returns, or, where it is enough
   * that it is `written`, once `sync` was called after it: it survives this process in any case.
   */
  write<T>(work: (sql: Sql) => T, written?: 'written'): T;
  /** Makes durable what was written, while this process goes on with other things. */
  sync(): Promise<void>;
  /** Opens other files with the same engine: locks. */
  connectTo: Connect;
  close(): void;
}

export interface Schema {
  /** The SQL that takes a database from version n to n + 1, at index n. */
  steps: readonly string[];
  /** `full`: a commit survives a power cut. `off`: it survives this process. */
  durability: 'full' | 'off';
}

/**
 * Opens or makes a SQLite database in WAL mode, its file readable by its owner only. `ended` is told how each transaction
 * ended, before another process can begin one.
 * @throws what the file system or SQLite throws: the caller knows what the file is for
 */
export async function openDatabase(
  path: string,
  schema: Schema,
  engine: Engine = bestEngine(),
  ended: (committed: boolean) => void = () => {},
): Promise<Database> {
  makeFolder(dirname(path));
  reserve(path);
  reserve(`${path}.lock`);
  const lock = await openLock(engine, `${path}.lock`);
  try {
    const connectTo = await loadEngine(engine);
    const connection = connectTo(path);
    lock.hold(() => prepare(connection, schema));
    return { connectTo, ...database(connection, lock, path, schema, ended) };
  } catch (cause) {
    lock.close();
    throw cause;
  }
}

/** SQLite gives its WAL the mode of the database, so it is enough that the file is made with the right one. */
function reserve(path: string): void {
  closeSync(openSync(path, 'a', 0o600));
  if (process.platform !== 'win32') chmodSync(path, 0o600);
}

function prepare(connection: Connection, { steps, durability }: Schema): void {
  connection.exec('PRAGMA busy_timeout = 30000');
  connection.exec('PRAGMA journal_mode = WAL');
  connection.exec(`PRAGMA synchronous = ${durability === 'full' ? 'FULL' : 'OFF'}`);
  const { user_version: version } = connection.prepare('PRAGMA user_version').get() as {
    user_version: number;
  };
  if (version > steps.length)
    throw new Error(
      `it was written by a newer version of this program (schema ${version}, known ${steps.length})`,
    );
  if (version === steps.length) return;
  connection.exec('BEGIN IMMEDIATE');
  for (const step of steps.slice(version)) connection.exec(step);
  connection.exec(`PRAGMA user_version = ${steps.length}`);
  connection.exec('COMMIT');
}

function database(
  connection: Connection,
  lock: Lock,
  path: string,
  { durability }: Schema,
  ended: (committed: boolean) => void,
): Omit<Database, 'connectTo'> {
  const sql = statements(connection);
  let open = true;
  let level = '';
  const synchronize = (wanted: 'FULL' | 'NORMAL') => {
    if (level !== wanted) connection.exec(`PRAGMA synchronous = ${wanted}`);
    level = wanted;
  };
  let log: Promise<FileHandle> | undefined;
  const close = () => {
    if (!open) return;
    open = false;
    log?.then((file) => file.close()).catch(() => {});
    atExit.delete(close);
    // The last connection to close writes the WAL back, so closing is writing and takes its turn.
    lock.hold(() => connection.close());
    lock.close();
  };
  // Left to the end of the process, the library closes by itself and without the lock.
  // One listener for all: Node warns of many.
  if (!process.listeners('exit').includes(closeAll)) process.on('exit', closeAll);
  atExit.add(close);
  return {
    read: sql,
    write(work, written) {
      return lock.hold(() => {
        if (durability === 'full') synchronize(written ? 'NORMAL' : 'FULL');
        connection.exec('BEGIN IMMEDIATE');
        try {
          const result = work(sql);
          connection.exec('COMMIT');
          ended(true);
          return result;
        } catch (cause) {
          ended(false);
          // A full disk may have rolled back already; then there is nothing left to undo.
          try {
            connection.exec('ROLLBACK');
          } catch {}
          throw cause;
        }
      });
    },
    async sync() {
      if (durability === 'off') return;
      // All that was committed is in the log, or beyond it in the database, which SQLite itself has made durable then.
      log ??= openFile(`${path}-wal`, 'r+');
      await (await log).datasync();
    },
    close,
  };
}

/** Functions that close the databases still open when the process ends. */
const atExit = new Set<() => void>();

function closeAll(): void {
  for (const close of atExit) close();
}

function statements(connection: Connection): Sql {
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
