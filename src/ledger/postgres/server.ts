import { createHash } from 'node:crypto';
import { Failure, fail } from '../../errors.ts';
import { ConnectionLost, isPassing, openConnection, type PostgresConnection, sqlState } from './client.ts';
import { steps } from './schema.ts';
import type { PostgresTarget } from './target.ts';

/** The oldest PostgreSQL that this ledger runs on, and the versions of the statements below. */
const oldestMajor = 14;

/** A session that is ready for the statements of the ledger. */
export interface ReadySession {
  connection: PostgresConnection;
  /** Milliseconds since 1970 by the clock of the server minus those of `performance.now()`. */
  clockOffset: number;
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

/**
 * Opens a session and brings the tables up to date. Tries the routes of the target in order.
 * @throws Failure `ledger.pooled`, `ledger.version`, `ledger.standby`, `ledger.login`; ConnectionLost, errors of the network or the server
 */
export async function openSession(target: PostgresTarget): Promise<ReadySession> {
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
      problem = explainLogin(cause, target, route.explainNoPassword);
    }
  }
  throw problem;
}

/** SQLSTATE of a refused login. */
const loginStates = new Set(['28000', '28P01', '3D000', '42501']);

function explainLogin(
  cause: unknown,
  { display }: PostgresTarget,
  explainNoPassword: () => string | undefined,
) {
  if (!(cause instanceof Error) || !loginStates.has(sqlState(cause) ?? '')) return cause;
  const hint = explainNoPassword() ?? 'check the user, the password and the database';
  return new Failure(
    'setup',
    'ledger.login',
    `cannot log in to the ledger ${display}: ${cause.message}`,
    hint,
    cause,
  );
}

/** What every session needs: nothing of it may depend on the settings of the role or the database. */
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
  standby: boolean;
  now: string;
  exists: boolean;
}

async function prepare(
  connection: PostgresConnection,
  { schema, display }: PostgresTarget,
  openAnother: () => Promise<PostgresConnection>,
): Promise<ReadySession> {
  const name = `"${schema}"`;
  const startedAt = performance.now();
  const [facts] = await connection.script<ServerFacts>(
    [
      ...settings.map((setting) => `SET ${setting}`),
      `SET search_path = ${name}`,
      `SELECT pg_backend_pid() AS pid, current_setting('server_version_num')::int AS version,
         current_setting('server_version') AS name, current_setting('fsync') AS fsync, pg_is_in_recovery() AS standby,
         extract(epoch FROM clock_timestamp()) * 1000 AS now, to_regclass('${name}.meta') IS NOT NULL AS exists`,
    ].join(';'),
  );
  const endedAt = performance.now();
  if (facts === undefined) throw new ConnectionLost('no answer');
  if (facts.version < oldestMajor * 10_000)
    fail(
      'setup',
      'ledger.version',
      `the ledger ${display} is on PostgreSQL ${facts.name}, which is too old`,
      `use PostgreSQL ${oldestMajor} or newer`,
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
  if (!facts.exists || (await readVersion(connection)) < steps.length) await migrate(connection, schema);
  const { rows } = await connection.query<{
    version: number;
    base_url: string | null;
    system_id: string | null;
    timeline: number | null;
  }>('SELECT version, base_url, system_id, timeline FROM meta');
  const [meta] = rows;
  if (meta === undefined) throw new Error('the ledger has no identity');
  if (meta.version > steps.length)
    fail(
      'setup',
      'ledger.unusable',
      `the ledger ${display} was written by a newer version of qlara (schema ${meta.version}, known ${steps.length})`,
      'install the newest version of qlara',
    );
  return {
    connection,
    clockOffset: Number(facts.now) - (startedAt + endedAt) / 2,
    server: await readServer(connection),
    known: { baseUrl: meta.base_url, systemId: meta.system_id, timeline: meta.timeline },
    version: facts.name,
    isUnsafe: facts.fsync === 'off',
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
async function migrate(connection: PostgresConnection, schema: string): Promise<void> {
  await connection.script(`BEGIN;SELECT pg_advisory_xact_lock(${ledgerLock(schema)})`);
  try {
    await connection.script(`CREATE SCHEMA IF NOT EXISTS "${schema}"`);
    const [found] = await connection.script<{ exists: boolean }>(
      `SELECT to_regclass('"${schema}".meta') IS NOT NULL AS exists`,
    );
    const version = found?.exists === true ? await readVersion(connection) : 0;
    for (const step of steps.slice(version)) await connection.script(step, migrationTimeoutMs);
    if (version < steps.length) await connection.script(`UPDATE meta SET version = ${steps.length}`);
    await connection.script('COMMIT');
  } catch (cause) {
    if (!(cause instanceof ConnectionLost)) await connection.script('ROLLBACK');
    throw cause;
  }
}

const migrationTimeoutMs = 10 * 60_000;

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
