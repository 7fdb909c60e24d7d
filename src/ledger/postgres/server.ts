import { createHash } from 'node:crypto';
import { Failure, fail } from '../../errors.ts';
import { ConnectionLost, isPassing, openConnection, type PostgresConnection, sqlState } from './client.ts';
import { steps } from './schema.ts';
import type { PostgresTarget } from './target.ts';

/** The oldest PostgreSQL that this ledger runs on, and the versions of the statements below. */
const oldestMajor = 14;

/** Version of the schema while a copy is not complete: every program refuses it, also those that know of no copies. */
export const unfinishedVersion = 1_000_000;

/** A session that is ready for the statements of the ledger. */
export interface ReadySession {
  connection: PostgresConnection;
  /** A reading of the clock of the server, in milliseconds since 1970, and when it was asked for and answered here. */
  clock: { askedAt: number; answeredAt: number; serverMs: number };
  /** Identifies the cluster and its history: another one may lack what this one acknowledged. */
  server: { systemId: string | null; timeline: number | null };
  /** As when the ledger was first used; null if it never was. */
  known: { baseUrl: string | null; systemId: string | null; timeline: number | null };
  /** For `ledger show`. */
  version: string;
  /** True if the server does not write to the disk before it confirms. */
  isUnsafe: boolean;
}

/** Number of the lock that every writer of a ledger takes. */
export function ledgerLock(schema: string): bigint {
  return lockNumber(`ledger ${schema}`);
}

/** Number of an advisory lock, from a name: a signed integer of 64 bits. */
export function lockNumber(name: string): bigint {
  return createHash('sha256').update(`qlara ${name}`).digest().readBigInt64BE();
}

/** A session with a server that a ledger can be on, before anything is known about its tables. */
export interface BareSession extends Pick<ReadySession, 'connection' | 'clock' | 'version' | 'isUnsafe'> {
  /** True if there is a ledger. */
  exists: boolean;
}

/**
 * Opens a session and brings the tables up to date.
 * @throws Failure `ledger.unfinished-copy`, `ledger.not-empty`, `ledger.permission`, and as `openBareSession`
 */
export async function openSession(target: PostgresTarget): Promise<ReadySession> {
  const { exists, ...bare } = await openBareSession(target);
  try {
    return { ...bare, ...(await openTables(bare.connection, exists, target)) };
  } catch (cause) {
    await bare.connection.end('at once');
    throw explainPermission(cause, target);
  }
}

/**
 * Opens a session; creates and reads no tables. Tries the routes of the target in order.
 * @throws Failure `ledger.pooled`, `ledger.version`, `ledger.encoding`, `ledger.standby`, `ledger.login`; ConnectionLost, errors of the network or the server
 */
export async function openBareSession(target: PostgresTarget): Promise<BareSession> {
  let problem: unknown;
  for (const route of target.routes) {
    let connection: PostgresConnection | undefined;
    try {
      connection = await openConnection(route);
      return await prepare(connection, target, () => openConnection(route));
    } catch (cause) {
      await connection?.end('at once');
      // An error of the ledger is the same on every route; of certificates and logins the last one counts.
      if (cause instanceof Failure && cause.code !== 'ledger.tls') throw cause;
      problem = connection
        ? explainPermission(cause, target)
        : explainLogin(cause, target, route.explainNoPassword);
    }
  }
  throw problem;
}

/** SQLSTATE of a refused login. */
const loginStates = new Set(['28000', '28P01', '3D000', '42501']);

function explainLogin(
  cause: unknown,
  { display, database }: PostgresTarget,
  explainNoPassword: () => string | undefined,
) {
  if (!(cause instanceof Error) || !loginStates.has(sqlState(cause) ?? '')) return cause;
  const fault = explainNoPassword();
  const hint =
    sqlState(cause) === '3D000'
      ? `create the database, as with CREATE DATABASE "${database}", or name another one`
      : fault === undefined || sqlState(cause) === '42501'
        ? 'check the user, the password and the rights of the user'
        : `${fault}; write HOST:PORT:DATABASE:USER:PASSWORD into ~/.pgpass (mode 0600), or set PGPASSWORD`;
  return new Failure(
    'setup',
    'ledger.login',
    `cannot log in to the ledger ${display}: ${cause.message}`,
    hint,
    cause,
  );
}

/** Explains the error of a role that may not do what a ledger needs; returns any other unchanged. */
export function explainPermission(cause: unknown, { display, schema, user }: PostgresTarget): unknown {
  if (sqlState(cause) !== '42501') return cause;
  return new Failure(
    'setup',
    'ledger.permission',
    `the role ${user} cannot use the ledger ${display}: ${(cause as Error).message}`,
    `an administrator of the database can give it a schema of its own: CREATE SCHEMA ${schema} AUTHORIZATION "${user}"; if there is one of another role, add schema=NAME to the URL`,
    cause,
  );
}

/** Settings of every session: none may depend on those of the role or the database. */
const settings = [
  'standard_conforming_strings = on',
  // A role may have switched it off, and a claim must survive a crash of the server.
  'synchronous_commit = on',
  'default_transaction_read_only = off',
  "default_transaction_isolation = 'read committed'",
  // A frozen client must not keep the lock of the ledger.
  "idle_in_transaction_session_timeout = '3s'",
  'statement_timeout = 0',
  // The server must notice soon that a client is gone, or its worker counts as alive.
  'tcp_keepalives_idle = 2',
  'tcp_keepalives_interval = 1',
  'tcp_keepalives_count = 2',
  "tcp_user_timeout = '3s'",
];

/** Not every system has it, so the server may refuse it. */
const optionalSetting = "client_connection_check_interval = '1s'";

interface ServerFacts {
  pid: number;
  version: number;
  name: string;
  fsync: string;
  encoding: string;
  standby: boolean;
  now: string;
  exists: boolean;
}

async function prepare(
  connection: PostgresConnection,
  { schema, display }: PostgresTarget,
  openAnother: () => Promise<PostgresConnection>,
): Promise<BareSession> {
  const name = `"${schema}"`;
  const askedAt = performance.now();
  const [facts] = await connection.script<ServerFacts>(
    [
      ...settings.map((setting) => `SET ${setting}`),
      `SET search_path = ${name}`,
      `SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::int AS version,
         current_setting('server_version') AS name, current_setting('fsync') AS fsync,
         current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
         extract(epoch FROM clock_timestamp()) * 1000 AS now, to_regclass('${name}.meta') IS NOT NULL AS exists`,
    ].join(';'),
  );
  const answeredAt = performance.now();
  if (facts === undefined) throw new ConnectionLost('no answer');
  if (facts.version < oldestMajor * 10_000)
    fail(
      'setup',
      'ledger.version',
      `the ledger ${display} is on PostgreSQL ${facts.name}, which is too old`,
      `use PostgreSQL ${oldestMajor} or newer`,
    );
  if (facts.encoding !== 'UTF8')
    fail(
      'setup',
      'ledger.encoding',
      `the ledger ${display} is in a database with the encoding ${facts.encoding}, which lacks most characters`,
      "use a database that was created with ENCODING 'UTF8' TEMPLATE template0",
    );
  if (facts.standby)
    fail(
      'setup',
      'ledger.standby',
      `the ledger ${display} is on a standby server, which cannot be written to`,
      'name the primary server, or add target_session_attrs=primary and all hosts to the URL',
    );
  await connection.script(`SET ${optionalSetting}`).catch((cause) => {
    if (cause instanceof ConnectionLost) throw cause;
  });
  if (facts.pid !== connection.pid && (await isPooledByTransaction(connection, openAnother)))
    fail(
      'setup',
      'ledger.pooled',
      `the ledger ${display} is behind a pool that gives each transaction another session`,
      'a ledger needs a session of its own: name the server itself, or a pool in session mode',
    );
  return {
    connection,
    clock: { askedAt, answeredAt, serverMs: Number(facts.now) },
    exists: facts.exists,
    version: facts.name,
    isUnsafe: facts.fsync === 'off',
  };
}

async function openTables(
  connection: PostgresConnection,
  exists: boolean,
  target: PostgresTarget,
): Promise<Pick<ReadySession, 'server' | 'known'>> {
  const { display } = target;
  if (!exists || (await readVersion(connection)) < steps.length) await migrate(connection, target);
  const { rows } = await connection.query<{
    version: number;
    base_url: string | null;
    system_id: string | null;
    timeline: number | null;
  }>('SELECT version, base_url, system_id, timeline FROM meta');
  const [meta] = rows;
  if (meta === undefined) throw new Error('the ledger has no identity');
  if (meta.version === unfinishedVersion)
    throw new Failure(
      'setup',
      'ledger.unfinished-copy',
      `the copy into the ledger ${display} was not finished`,
      undefined,
      undefined,
      { place: display },
    );
  if (meta.version > steps.length)
    fail(
      'setup',
      'ledger.unusable',
      `the ledger ${display} was written by a newer version of qlara (schema ${meta.version}, known ${steps.length})`,
      'install the newest version of qlara',
    );
  return {
    server: await readServer(connection),
    known: { baseUrl: meta.base_url, systemId: meta.system_id, timeline: meta.timeline },
  };
}

interface Tag {
  pid: number;
  tag: string | null;
}

/**
 * Reports whether a pool gives each transaction another session: a value of this session is gone while another client
 * holds a transaction open. Must be asked before the first lock: that would stay with the pool.
 */
async function isPooledByTransaction(
  connection: PostgresConnection,
  openAnother: () => Promise<PostgresConnection>,
): Promise<boolean> {
  const tag = lockNumber(`${process.pid} ${Date.now()} ${Math.random()}`);
  const ask = `SELECT pg_backend_pid() AS pid, current_setting('qlara.tag', true) AS tag`;
  const [before] = await connection.script<Tag>(`SET qlara.tag = '${tag}';${ask}`);
  const other = await openAnother();
  try {
    await other.script('BEGIN;SELECT 1');
    const [after] = await connection.script<Tag>(ask, 2_000);
    return after?.tag !== String(tag) || after.pid !== before?.pid;
  } catch (cause) {
    // A pool with a single session makes this one wait for the other.
    if (cause instanceof ConnectionLost) return true;
    throw cause;
  } finally {
    await other.end('at once');
  }
}

async function readVersion(connection: PostgresConnection): Promise<number> {
  const { rows } = await connection.query<{ version: number }>('SELECT version FROM meta');
  return rows[0]?.version ?? 0;
}

/** Brings the tables up to date, one process at a time. */
async function migrate(connection: PostgresConnection, target: PostgresTarget): Promise<void> {
  await inTransaction(connection, target.schema, () => createTables(connection, target));
}

/** Runs statements in one transaction, while no other process writes to the ledger. */
export async function inTransaction(
  connection: PostgresConnection,
  schema: string,
  work: () => Promise<void>,
): Promise<void> {
  await connection.script(`BEGIN;SELECT pg_advisory_xact_lock(${ledgerLock(schema)})`);
  try {
    await work();
    await connection.script('COMMIT', migrationTimeoutMs);
  } catch (cause) {
    if (!connection.isLost()) await connection.script('ROLLBACK');
    throw cause;
  }
}

/**
 * Creates the schema and its tables, or brings them up to date, within a transaction that holds the lock of the ledger.
 * @throws Failure `ledger.not-empty` if the schema has tables of another program
 */
export async function createTables(
  connection: PostgresConnection,
  { schema, display }: Pick<PostgresTarget, 'schema' | 'display'>,
): Promise<void> {
  const [found] = await connection.script<{ schema: boolean; meta: boolean }>(
    `SELECT to_regnamespace('"${schema}"') IS NOT NULL AS schema, to_regclass('"${schema}".meta') IS NOT NULL AS meta`,
  );
  // IF NOT EXISTS would ask for the right to create schemas, also where there is one already.
  if (found?.schema !== true) await connection.script(`CREATE SCHEMA "${schema}"`);
  else if (!found.meta && (await hasRelations(connection, schema)))
    refuseNotEmpty('the schema has tables of another program', display);
  const version = found?.meta === true ? await readVersion(connection) : 0;
  for (const step of steps.slice(version)) await connection.script(step, migrationTimeoutMs);
  if (version < steps.length) await connection.script(`UPDATE meta SET version = ${steps.length}`);
}

/** Reports whether a schema has tables or views that belong to no extension. */
async function hasRelations(connection: PostgresConnection, schema: string): Promise<boolean> {
  const [answer] = await connection.script<{ found: boolean }>(
    `SELECT EXISTS (SELECT FROM pg_class c WHERE c.relnamespace = to_regnamespace('"${schema}"')
       AND c.relkind IN ('r', 'p', 'f', 'v', 'm') AND NOT EXISTS (
       SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')) AS found`,
  );
  return answer?.found === true;
}

/** @throws Failure `ledger.not-empty`: `fault` says what is in the schema */
export function refuseNotEmpty(fault: string, display: string): never {
  fail(
    'setup',
    'ledger.not-empty',
    `${fault}: ${display}`,
    'name a schema of its own with ?schema=NAME in the URL, or another database',
  );
}

/** Milliseconds for a statement that reads or writes whole tables. */
export const migrationTimeoutMs = 10 * 60_000;

/** Reads the identity of the cluster; a service may not tell it to plain roles. */
async function readServer(connection: PostgresConnection): Promise<ReadySession['server']> {
  try {
    const { rows } = await connection.query<{ system: string; timeline: number }>(
      `SELECT CAST(system_identifier AS text) AS system, CAST(timeline_id AS bigint) AS timeline
       FROM pg_control_system(), pg_control_checkpoint()`,
    );
    return { systemId: rows[0]?.system ?? null, timeline: rows[0]?.timeline ?? null };
  } catch (cause) {
    if (cause instanceof ConnectionLost || isPassing(cause)) throw cause;
    return { systemId: null, timeline: null };
  }
}
