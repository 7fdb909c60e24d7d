import { openDatabase, type SyncSql } from '../../storage/database.ts';
import { explainVersion, type Move, movedReason, movedVersion } from '../sqlite/moved.ts';
import { schema } from '../sqlite/schema.ts';
import type { CopiedTable, TableRow } from './tables.ts';

/** A ledger in a file, of which nothing changes while it is open here: other processes wait to write. */
export interface CopySource {
  /** Identifies the ledger: its id, or its machine and path. */
  name: string;
  count(table: CopiedTable): number;
  /** Yields all rows of a table in pages of at most about a megabyte. */
  pages(table: CopiedTable): Generator<TableRow[]>;
  /** Commits that the ledger was moved, for good. */
  moveTo(move: Move): void;
  /** Closes the file; without `moveTo` nothing has changed. */
  close(): void;
}

const bytesPerPage = 1_000_000;
const maxRowsPerPage = 2_000;

/** Rows that a process may claim together in a ledger that machines share; in a file it takes all that it wants. */
const rowsPerStretch = 512;

/** Opens a file and holds its lock. @throws errors of SQLite */
export async function openCopySource(path: string, machine: string): Promise<CopySource> {
  const file = await openDatabase(path, { ...schema, explainVersion });
  let transaction: ReturnType<typeof file.begin> | undefined;
  try {
    transaction = file.begin();
    const sql = file.read;
    const { user_version: version } = sql.get<{ user_version: number }>('PRAGMA user_version') ?? {};
    if (version !== schema.steps.length) throw new Error(explainVersion(version ?? 0, sql) ?? 'it changed');
    const { ledger } = sql.get<{ ledger: string | null }>('SELECT ledger FROM identity') ?? {};
    return {
      name: ledger ?? `${machine}:${path}`,
      count: ({ name }) => sql.get<{ count: number }>(`SELECT count(*) AS count FROM ${name}`)?.count ?? 0,
      pages: (table) => readPages(sql, table),
      moveTo(move) {
        markMoved(sql, move);
        transaction?.commit();
        transaction = undefined;
      },
      close() {
        transaction?.rollback();
        transaction = undefined;
        file.close();
      },
    };
  } catch (cause) {
    transaction?.rollback();
    file.close();
    throw cause;
  }
}

function* readPages(sql: SyncSql, { name, columns, key }: CopiedTable): Generator<TableRow[]> {
  const names = Object.keys(columns).map((column) => `"${column}"`);
  const keys = key.map((column) => `"${column}"`).join(', ');
  const select = `SELECT ${names.join(', ')} FROM ${name}`;
  const after = `WHERE (${keys}) > (${key.map(() => '?').join(', ')})`;
  let last: TableRow | undefined;
  for (let limit = 20; ; ) {
    const place = key.map((column) => last?.[column] ?? null);
    const rows = last
      ? sql.all<TableRow>(`${select} ${after} ORDER BY ${keys} LIMIT ?`, ...place, limit)
      : sql.all<TableRow>(`${select} ORDER BY ${keys} LIMIT ?`, limit);
    if (rows.length === 0) return;
    last = rows.at(-1);
    yield rows.flatMap((row) => (name === 'bulk_free' ? splitRange(row) : [toStorable(row)]));
    if (rows.length < limit) return;
    const bytes = rows.reduce((sum, row) => sum + measure(row), 0);
    limit = Math.min(Math.max(Math.floor((rows.length * bytesPerPage) / bytes), 1), maxRowsPerPage);
  }
}

function measure(row: TableRow): number {
  return Object.values(row).reduce<number>((sum, value) => sum + String(value).length, 1);
}

function splitRange({ bulk, first, last }: TableRow): TableRow[] {
  const rows: TableRow[] = [];
  for (let next = Number(first); next <= Number(last); next += rowsPerStretch)
    rows.push({ bulk: bulk ?? null, first: next, last: Math.min(next + rowsPerStretch - 1, Number(last)) });
  return rows;
}

/** PostgreSQL stores no NUL, and no half of a surrogate pair. */
function toStorable(row: TableRow): TableRow {
  for (const [name, value] of Object.entries(row))
    if (typeof value === 'string' && /\0|\p{Surrogate}/u.test(value))
      row[name] = value.replaceAll(/\0|\p{Surrogate}/gu, '\ufffd');
  return row;
}

/**
 * Marks a ledger as moved, within the transaction that is open. From its commit on every change fails, also one of a
 * process that has opened the file before, of any version.
 */
function markMoved(sql: SyncSql, { place, copy }: Move): void {
  const tables = sql.all<{ name: string }>(
    `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'`,
  );
  for (const { name } of tables)
    for (const change of ['INSERT', 'UPDATE', 'DELETE'])
      sql.run(
        `CREATE TRIGGER moved_${name}_${change.toLowerCase()} BEFORE ${change} ON ${name}
         BEGIN SELECT RAISE(ABORT, '${movedReason} ${place.replaceAll("'", "''")}'); END`,
      );
  sql.run('CREATE TABLE moved (place TEXT NOT NULL, copy TEXT NOT NULL)');
  sql.run('INSERT INTO moved (place, copy) VALUES (?, ?)', place, copy);
  sql.run(`PRAGMA user_version = ${movedVersion}`);
}
