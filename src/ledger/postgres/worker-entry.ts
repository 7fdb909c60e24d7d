import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { ConnectionLost, type PostgresConnection } from './client.ts';
import { sleep } from './retries.ts';
import { lockNumber } from './server.ts';

/** A worker as it is entered in a session. */
export interface WorkerEntry {
  id: string;
  connection: PostgresConnection;
  /** Tells the statements of this session from those of an earlier one. */
  session: string;
  /** Number of the last turn that is known to be committed. */
  turn: number;
}

/**
 * Makes a process a worker in a session: takes its lock, and enters it with a lease of so many milliseconds. Returns
 * undefined if it was marked as gone.
 */
export async function enterWorker(
  connection: PostgresConnection,
  id: string,
  leaseMs: number,
): Promise<WorkerEntry | undefined> {
  await takeLock(connection, id);
  const session = randomUUID();
  const { rows } = await connection.query<{ turn: number }>(
    `INSERT INTO workers (id, key, host, pid, session, until, backend, backend_start)
     SELECT $1, CAST(CAST($2 AS text) AS bigint), $3, $4, $5,
       clock_timestamp() + make_interval(secs => CAST($6 AS float8)), a.pid, a.backend_start
     FROM pg_stat_activity a WHERE a.pid = pg_backend_pid()
     ON CONFLICT (id) DO UPDATE SET session = excluded.session, until = excluded.until, backend = excluded.backend,
       backend_start = excluded.backend_start WHERE workers.state = 'alive'
     RETURNING turn`,
    [id, String(lockNumber(id)), hostname(), process.pid, session, leaseMs / 1_000],
  );
  return rows[0] && { id, connection, session, turn: rows[0].turn };
}

/** How often the lock of a worker is tried for, and milliseconds between two tries. */
const maxTries = 50;
const retryMs = 100;

/** Takes the lock of a worker. A session of this process that was lost may hold it still: it is ended. */
async function takeLock(connection: PostgresConnection, id: string): Promise<void> {
  for (let tries = 0; ; tries++) {
    const { rows } = await connection.query<{ taken: boolean }>(
      'SELECT pg_try_advisory_lock(CAST(CAST($1 AS text) AS bigint)) AS taken',
      [String(lockNumber(id))],
    );
    if (rows[0]?.taken === true) return;
    if (tries === maxTries) throw new ConnectionLost('an earlier session of this process does not end');
    await connection.query(
      `SELECT pg_terminate_backend(a.pid) FROM workers w JOIN pg_stat_activity a
       ON a.pid = w.backend AND a.backend_start = w.backend_start WHERE w.id = $1`,
      [id],
    );
    await sleep(retryMs);
  }
}
