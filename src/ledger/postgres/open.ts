import { Failure, fail } from '../../errors.ts';
import { maxRequestMs } from '../../message/timeouts.ts';
import { systemClock } from '../../storage/monotonic.ts';
import type { Ledger, TextCache } from '../api.ts';
import type { EngineDescription, LedgerDatabase, LiveWorker, Marker, Sql, Workers } from '../database.ts';
import { createLedger } from '../ledger.ts';
import { openAnnouncements } from './announcements.ts';
import { isPassing, sqlState } from './client.ts';
import { Door, type DoorOptions } from './door.ts';
import { steps } from './schema.ts';
import type { PostgresTarget } from './target.ts';
import { commitTurn } from './turn.ts';

export interface PostgresLedgerOptions extends DoorOptions {
  /** Base URL of the gateway: a ledger belongs to one account. Undefined for a command that asks no gateway. */
  baseUrl?: string | undefined;
}

/** Rows of a bulk that are claimed together at most: about what is in doubt when a worker dies. */
const stretchRows = 512;

/**
 * Opens the ledger in a PostgreSQL database, and creates its tables at the first use.
 * @throws Failure `ledger.other-account`; as `openSession`; `ledger.unusable` here and from every method
 */
export async function openPostgresLedger(
  target: PostgresTarget,
  options: PostgresLedgerOptions,
): Promise<Ledger> {
  const { display } = target;
  // A server that was never reached is not waited for: it may be misspelt.
  const startHint = 'check that the server runs and can be reached, and run the command again';
  const door = await wrapErrors(display, startHint, () => Door.open(target, options));
  const outageHint = 'when the database is back, run the command again';
  const wrap = <T>(work: () => Promise<T>) => wrapErrors(display, outageHint, work);
  const announcements = openAnnouncements(door);
  const database: LedgerDatabase = {
    read: (work) => wrap(() => door.read(work)),
    write: (work) => wrap(() => door.write(work)),
    commitTurn: (turn) => wrap(() => commitTurn(turn, door, database)),
    workers: openWorkers(door, wrap),
    marker: openMarker(door),
    stretchRows,
    isShared: true,
    announceChanges: announcements.announce,
    nextAnnouncement: announcements.next,
    // Announcements come in a session that may be lost; this finds what they missed.
    pollIntervalMs: 1_000,
    clock: door.clock,
    localClock: systemClock,
    describe: () => wrap(() => door.read((sql) => describe(sql, database.workers, door))),
    async close() {
      await announcements.close();
      await door.close();
    },
  };
  try {
    if (options.baseUrl !== undefined) await claimAccount(database, options.baseUrl, display);
    return { ...(await createLedger(database)), cache: openCache(database) };
  } catch (cause) {
    await database.close();
    throw cause;
  }
}

async function describe(sql: Sql, workers: Workers, door: Door): Promise<EngineDescription> {
  const { schema, display } = door.target;
  const size = await sql.get<{ bytes: number }>(
    `SELECT CAST(coalesce(sum(pg_total_relation_size(c.oid)), 0) AS bigint) AS bytes FROM pg_class c
     WHERE c.relkind = 'r' AND c.relnamespace = to_regnamespace(CAST(? AS text))`,
    `"${schema}"`,
  );
  const found = await sql.all<Omit<LiveWorker, 'isUncertain'>>(
    `SELECT id, host, pid, CAST(extract(epoch FROM backend_start) * 1000 AS bigint) AS since
     FROM workers WHERE state = 'alive' ORDER BY backend_start`,
  );
  const alive: LiveWorker[] = [];
  for (const worker of found)
    if (worker.id !== door.own() && (await workers.isAlive(sql, worker.id)))
      alive.push({ ...worker, isUncertain: await workers.isUncertain(sql, worker.id) });
  return {
    engine: 'postgresql',
    // A distribution adds its own version in brackets.
    version: door.session.version.replace(/ .*/, ''),
    schemaVersion: steps.length,
    place: display,
    schema,
    bytes: size?.bytes ?? 0,
    workers: alive,
    isUnsafe: door.session.isUnsafe,
  };
}

/** Keeps the base URL of the first use, and refuses another. */
async function claimAccount(
  { read, write }: LedgerDatabase,
  baseUrl: string,
  display: string,
): Promise<void> {
  const query = 'SELECT base_url AS url FROM meta';
  const found = await read((sql) => sql.get<{ url: string | null }>(query));
  const known =
    found?.url ??
    (await write(async (sql) => {
      await sql.run('UPDATE meta SET base_url = ? WHERE base_url IS NULL', baseUrl);
      return (await sql.get<{ url: string }>(query))?.url;
    }));
  if (known !== baseUrl)
    fail(
      'setup',
      'ledger.other-account',
      `the ledger ${display} belongs to the account at ${known}, not to ${baseUrl}`,
      'use another database, or add schema=NAME to the URL of the ledger',
    );
}

function openCache({ read, write }: LedgerDatabase): TextCache {
  return {
    read: (name) =>
      read(
        async (sql) => (await sql.get<{ body: string }>('SELECT body FROM cache WHERE name = ?', name))?.body,
      ),
    write: (name, text) =>
      write(async (sql) => {
        await sql.run(
          'INSERT INTO cache (name, body) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET body = excluded.body',
          name,
          text,
        );
      }),
  };
}

function openWorkers(door: Door, wrap: <T>(work: () => Promise<T>) => Promise<T>): Workers {
  const { lease, clock } = door;
  const judge: (...parameters: Parameters<Workers['isAlive']>) => Promise<string> = async (sql, id) => {
    // A lock of this session can be taken again, so it would say nothing.
    if (id === door.own()) return 'alive';
    const found = await sql.get<{ state: string }>(
      `SELECT judge_worker(?, CAST(CAST(? AS text) AS interval), CAST(CAST(? AS text) AS interval)) AS state`,
      id,
      `${lease.durationMs} ms`,
      `${lease.frozenMs} ms`,
    );
    return found?.state ?? 'gone';
  };
  return {
    own: () => door.own(),
    isAlive: async (sql, id) => (await judge(sql, id)) !== 'gone',
    isUncertain: async (sql, id) => (await judge(sql, id)) === 'uncertain',
    async isSilent(sql, id) {
      const query = 'SELECT until < clock_timestamp() AS over FROM workers WHERE id = ?';
      return id !== door.own() && ((await sql.get<{ over: boolean }>(query, id))?.over ?? false);
    },
    async lastRequest(sql, id) {
      const query =
        'SELECT CAST(extract(epoch FROM until) * 1000 AS float8) AS until FROM workers WHERE id = ?';
      const until = (await sql.get<{ until: number }>(query, id))?.until ?? clock.monotonic();
      // Until the end of its lease it may have written a request, which may take that long to arrive.
      return { boot: clock.boot, ms: until + maxRequestMs };
    },
    // `judge_worker` has done so.
    async markGone() {},
    isStale: (own) => door.isStale(own),
    confirm: (own) => wrap(() => door.confirm(own)),
  };
}

/**
 * A cluster whose identifier or timeline changed was restored from a backup, or a replica took over: it may lack claims
 * that were confirmed. https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-TIMELINES
 */
function openMarker(door: Door): Marker {
  return {
    async getState(sql) {
      const { systemId, timeline } = door.session.server;
      const known = await sql.get<{ system: string | null; timeline: number | null }>(
        'SELECT system_id AS system, timeline FROM meta',
      );
      if (known === undefined || known.system === null) return 'new';
      return known.system === systemId && known.timeline === timeline ? 'current' : 'copy';
    },
    async reset(sql) {
      const { systemId, timeline } = door.session.server;
      await sql.run('UPDATE meta SET system_id = ?, timeline = ?', systemId, timeline);
    },
    async advance() {},
  };
}

/** Runs work; `hint` is what to do about a server that cannot be reached. @throws Failure `ledger.unusable` */
async function wrapErrors<T>(display: string, hint: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof ReferenceError || cause instanceof Failure)
      throw cause;
    // The program is being stopped.
    if (!(cause instanceof Error)) throw cause;
    fail(
      'setup',
      'ledger.unusable',
      `cannot use the ledger ${display}: ${cause.message || cause.name}`,
      isRefusal(cause) ? 'the server runs and refuses this; its log says more' : hint,
      cause,
    );
  }
}

/** Reports whether the server itself refused a statement, and not just for now. */
function isRefusal(cause: Error): boolean {
  return sqlState(cause) !== undefined && !isPassing(cause);
}
