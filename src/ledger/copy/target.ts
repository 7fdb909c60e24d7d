import { fail } from '../../errors.ts';
import { ConnectionLost } from '../postgres/client.ts';
import { sleep } from '../postgres/retries.ts';
import { steps } from '../postgres/schema.ts';
import {
  createTables,
  explainPermission,
  inTransaction,
  lockNumber,
  migrationTimeoutMs,
  openBareSession,
  refuseNotEmpty,
  unfinishedVersion,
} from '../postgres/server.ts';
import type { PostgresTarget } from '../postgres/target.ts';
import { type CopiedTable, copiedTables, digestQuery, type TableDigest, type TableRow } from './tables.ts';

/** The database that a ledger is copied into. Its methods throw Failure and errors of the network and the server. */
export interface CopyTarget {
  /** The copy that is in the database; undefined if it has none. */
  found: FoundCopy | undefined;
  /**
   * Creates the tables, lets `fill` add rows, and commits all of it as a ledger that every program refuses.
   * @throws Failure `ledger.not-empty`
   */
  prepare(copy: NewCopy, fill: () => Promise<void>): Promise<void>;
  add(table: CopiedTable, rows: readonly TableRow[]): Promise<void>;
  /** Reads back what was added. */
  digest(table: CopiedTable): Promise<TableDigest>;
  /** Makes the copy a ledger that programs use. */
  activate(copy: string): Promise<void>;
  close(): Promise<void>;
}

export interface FoundCopy {
  id: string;
  /** The ledger that it was made from. */
  source: string;
  isActive: boolean;
}

export interface NewCopy {
  id: string;
  source: string;
  /** Base URL of the gateway: a ledger belongs to one account. */
  baseUrl: string;
}

/** How often the lock of a copy is tried for, and milliseconds between two tries. */
const maxLockTries = 15;
const lockRetryMs = 200;

/**
 * Opens the database of a new ledger.
 * @throws Failure `ledger.copying` if another process copies into it; as `openBareSession`
 */
export async function openCopyTarget(target: PostgresTarget): Promise<CopyTarget> {
  const { schema, display } = target;
  const { connection } = await openBareSession(target);

  const exists = async (table: string): Promise<boolean> => {
    const [answer] = await connection.script<{ found: boolean }>(
      `SELECT to_regclass('"${schema}".${table}') IS NOT NULL AS found`,
    );
    return answer?.found === true;
  };

  /** Takes the lock of a copy. The server may hold that of a process for a moment that was killed. */
  async function takeLock(): Promise<void> {
    for (let tries = 1; ; tries++) {
      const [locked] = await connection.script<{ taken: boolean }>(
        `SELECT pg_try_advisory_lock(${lockNumber(`copy ${schema}`)}) AS taken`,
      );
      if (locked?.taken === true) return;
      if (tries === maxLockTries)
        fail('setup', 'ledger.copying', `another process copies into ${display}`, 'wait until it has ended');
      await sleep(lockRetryMs);
    }
  }

  async function findCopy(): Promise<FoundCopy | undefined> {
    await takeLock();
    if (!(await exists('copied'))) return undefined;
    const [row] = await connection.script<{ id: string; source: string; version: number }>(
      'SELECT id, source, version FROM copied, meta',
    );
    return row && { id: row.id, source: row.source, isActive: row.version !== unfinishedVersion };
  }

  /** Makes sure that there are tables and that they are empty. */
  async function empty({ source }: NewCopy): Promise<void> {
    const refuse = (fault: string) => refuseNotEmpty(fault, display);
    if (!(await exists('meta'))) return createTables(connection, target);
    if (found?.isActive === false && found.source === source) {
      const names = [...copiedTables.map(({ name }) => name), 'workers', 'pace'];
      await connection.script(`TRUNCATE ${names.map((name) => `"${name}"`).join(', ')}`);
      return;
    }
    if (found?.isActive === false) refuse('there is an unfinished copy of another ledger');
    await createTables(connection, target);
    for (const { name } of copiedTables) {
      const [some] = await connection.script<{ found: boolean }>(
        `SELECT EXISTS (SELECT FROM "${name}") AS found`,
      );
      if (some?.found === true) refuse('there is a ledger with messages or opt-outs');
    }
    const [used] = await connection.script<{ found: boolean }>(
      "SELECT EXISTS (SELECT FROM workers WHERE state = 'alive' AND until > clock_timestamp()) AS found",
    );
    if (used?.found === true) refuse('a process uses the ledger');
  }

  async function attempt<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (cause) {
      throw explainPermission(cause, target);
    }
  }

  let found: FoundCopy | undefined;
  try {
    found = await attempt(findCopy);
  } catch (cause) {
    await connection.end('at once');
    throw cause;
  }
  return {
    found,
    prepare: (copy, fill) =>
      attempt(() =>
        inTransaction(connection, schema, async () => {
          await empty(copy);
          await fill();
          await connection.script(
            'CREATE TABLE IF NOT EXISTS copied (id text NOT NULL, source text NOT NULL);DELETE FROM copied',
          );
          await connection.query('INSERT INTO copied (id, source) VALUES ($1, $2)', [copy.id, copy.source]);
          await connection.query(
            'UPDATE meta SET version = $1, base_url = $2, system_id = NULL, timeline = NULL',
            [unfinishedVersion, copy.baseUrl],
          );
        }),
      ),
    async add({ name, columns }, rows) {
      const names = Object.keys(columns).map((column) => `"${column}"`);
      const types = Object.entries(columns).map(([column, type]) => `"${column}" ${type}`);
      // One text for all rows: a parameter for each value would be slower.
      await connection.query(
        `INSERT INTO "${name}" (${names.join(', ')}) OVERRIDING SYSTEM VALUE
         SELECT ${names.join(', ')} FROM json_to_recordset(CAST(CAST($1 AS text) AS json)) AS r(${types.join(', ')})`,
        [JSON.stringify(rows)],
        migrationTimeoutMs,
      );
    },
    async digest(table) {
      const { name, columns } = table;
      if ('seq' in columns)
        await connection.script(
          `SELECT setval(pg_get_serial_sequence('"${schema}"."${name}"', 'seq'), max(seq)) FROM "${name}" HAVING max(seq) IS NOT NULL`,
        );
      await connection.script(`ANALYZE "${name}"`, migrationTimeoutMs);
      const { rows } = await connection.query<TableDigest>(digestQuery(table), [], migrationTimeoutMs);
      return rows[0] ?? { rows: 0, digest: '' };
    },
    activate: (copy) =>
      attempt(() =>
        inTransaction(connection, schema, async () => {
          const { count } = await connection.query(
            'UPDATE meta SET version = $1 WHERE version = $2 AND EXISTS (SELECT FROM copied WHERE id = $3)',
            [steps.length, unfinishedVersion, copy],
          );
          if (count !== 1) throw new ConnectionLost('the copy is gone');
        }),
      ),
    close: () => connection.end('after queries'),
  };
}
