import { hostname } from 'node:os';
import type { Instant } from '../message/time.ts';
import type { BulkWorker } from './api.ts';
import type { StoredBulk } from './bulk-table.ts';
import type { Sql, Workers } from './database.ts';

/** Records that this process sends a bulk; one that `leads` begins, pauses and resumes it. */
export async function joinBulk(
  sql: Sql,
  { seq }: StoredBulk,
  { workers, now, leads }: { workers: Pick<Workers, 'own'>; now: Instant; leads: boolean },
): Promise<void> {
  await sql.run(
    `INSERT INTO bulk_workers (bulk, worker, host, pid, since, accepted, leads) VALUES (?, ?, ?, ?, ?, 0, ?)
     ON CONFLICT (bulk, worker) DO UPDATE SET since = excluded.since, accepted = 0, leads = excluded.leads`,
    seq,
    workers.own(),
    hostname(),
    process.pid,
    now,
    leads ? 1 : 0,
  );
}

export async function leaveBulk(sql: Sql, { seq }: StoredBulk, worker: string): Promise<void> {
  await sql.run('DELETE FROM bulk_workers WHERE bulk = ? AND worker = ?', seq, worker);
}

/** Lists the processes that send a bulk, the first to join first. */
export async function listBulkWorkers(
  sql: Sql,
  { seq }: StoredBulk,
  workers: Pick<Workers, 'isAlive' | 'isSilent'>,
): Promise<BulkWorker[]> {
  const found = await sql.all<Omit<BulkWorker, 'isSilent'> & { worker: string }>(
    'SELECT worker, host, pid, since, accepted FROM bulk_workers WHERE bulk = ? ORDER BY since, worker',
    seq,
  );
  const alive: BulkWorker[] = [];
  for (const { worker, ...one } of found)
    if (await workers.isAlive(sql, worker))
      alive.push({ ...one, isSilent: await workers.isSilent(sql, worker) });
  return alive;
}

/** Lists the ids of workers that create or send a bulk, or did when they died. */
export async function listOwners(sql: Sql, { seq, owner }: StoredBulk): Promise<string[]> {
  const found = await sql.all<{ worker: string }>('SELECT worker FROM bulk_workers WHERE bulk = ?', seq);
  return [...(owner === null ? [] : [owner]), ...found.map(({ worker }) => worker)];
}

/** Reports whether a worker that is alive creates or sends the bulk; `except` does not count. */
export async function isOwned(
  sql: Sql,
  storedBulk: StoredBulk,
  workers: Pick<Workers, 'isAlive'>,
  except?: string,
): Promise<boolean> {
  for (const owner of await listOwners(sql, storedBulk))
    if (owner !== except && (await workers.isAlive(sql, owner))) return true;
  return false;
}

/** Reports whether a worker that is alive creates the bulk, or leads its sending; `except` does not count. */
export async function isLed(
  sql: Sql,
  { seq, owner }: StoredBulk,
  workers: Pick<Workers, 'isAlive'>,
  except: string,
): Promise<boolean> {
  const query = 'SELECT worker FROM bulk_workers WHERE bulk = ? AND leads = 1';
  const leaders = (await sql.all<{ worker: string }>(query, seq)).map(({ worker }) => worker);
  for (const one of [...(owner === null ? [] : [owner]), ...leaders])
    if (one !== except && (await workers.isAlive(sql, one))) return true;
  return false;
}

/** Adds to the number of messages that the gateway accepted from a worker. */
export async function countAccepted(sql: Sql, bulk: number, worker: string, count: number): Promise<void> {
  await sql.run(
    'UPDATE bulk_workers SET accepted = accepted + ? WHERE bulk = ? AND worker = ?',
    count,
    bulk,
    worker,
  );
}
