import type { Delivery } from '../message/delivery.ts';
import type { Event } from '../message/event.ts';
import type { Instant } from '../message/time.ts';
import type { MonotonicClock } from '../storage/monotonic.ts';
import { listBulks, type StoredBulk } from './bulk-table.ts';
import { addClaim, closeClaim, listOpenClaims } from './claims.ts';
import { type LedgerDatabase, type Sql, unlimited } from './database.ts';
import { applyAndSave, listUnsettledMessages, type StoredMessage } from './messages.ts';
import { readRow } from './rows.ts';

/** Returns the rows after a row that have an outcome in this phase, in order, at most `limit`. */
export async function findUnsettledRows(
  sql: Sql,
  { seq }: StoredBulk,
  phase: 'queued' | 'sending' | 'doubt',
  after: number,
  limit: number,
): Promise<number[]> {
  const found = await sql.all<{ row: number }>(
    // SQLite uses the partial index only if the query repeats its condition literally.
    `SELECT row FROM bulk_outcomes WHERE phase IN ('queued', 'sending', 'doubt')
     AND bulk = ? AND phase = ? AND row > ? ORDER BY row LIMIT ?`,
    seq,
    phase,
    after,
    limit,
  );
  return found.map(({ row }) => row);
}

/** Counts the messages of a bulk that are waiting, and those that may have been sent. */
export async function countRemaining(
  sql: Sql,
  storedBulk: StoredBulk,
): Promise<{ queued: number; doubt: number }> {
  const { seq } = storedBulk;
  const count = async (query: string) => (await sql.get<{ count: number }>(query, seq))?.count ?? 0;
  const inPhases = (phases: string) =>
    count(
      `SELECT count(*) AS count FROM bulk_outcomes
       WHERE bulk = ? AND phase IN ('queued', 'sending', 'doubt') AND phase IN (${phases})`,
    );
  const free = await count(
    'SELECT CAST(coalesce(sum(last - first + 1), 0) AS BIGINT) AS count FROM bulk_free WHERE bulk = ?',
  );
  // Rows sent individually, under their own id, are not claimed any more.
  const known = await count(
    `SELECT count(*) AS count FROM bulk_free f JOIN bulk_outcomes o
     ON o.bulk = f.bulk AND o.row BETWEEN f.first AND f.last WHERE f.bulk = ?`,
  );
  const open = await listOpenClaims(sql, storedBulk);
  return {
    queued: free - known + (await inPhases("'queued'")),
    doubt: open.flatMap(({ inFlight }) => inFlight).length + (await inPhases("'sending', 'doubt'")),
  };
}

/** Owner of the claims in a copied or restored ledger: the original may have sent these messages. */
export const originalOwner = 'original';

/**
 * Puts in doubt the messages of a bulk that dead workers were sending; `ended` is a worker whose earlier run of this bulk
 * is over. Returns the rows.
 */
export async function recoverDeadClaims(
  sql: Sql,
  storedBulk: StoredBulk,
  { workers }: Pick<LedgerDatabase, 'workers'>,
  at: Instant,
  ended?: string,
): Promise<number[]> {
  const isDead = async (owner: string) => owner === ended || !(await workers.isAlive(sql, owner));
  const lost: number[] = [];
  for (const { first, owner, inFlight } of await listOpenClaims(sql, storedBulk)) {
    if (!(await isDead(owner))) continue;
    lost.push(...inFlight);
    for (const row of inFlight) await abandonRow(row);
    await closeClaim(sql, storedBulk, first);
  }
  for (const row of await findUnsettledRows(sql, storedBulk, 'sending', 0, unlimited)) {
    const stored = await readRow(sql, storedBulk, row);
    if (stored?.delivery.intent == null || !(await isDead(stored.delivery.intent.owner))) continue;
    lost.push(row);
    await saveAbandoned(sql, stored, workers, at);
  }
  return lost;

  async function abandonRow(row: number): Promise<void> {
    const stored = await readRow(sql, storedBulk, row);
    if (stored) await saveAbandoned(sql, stored, workers, at);
  }
}

/** Puts a message in doubt whose worker is dead. */
export async function saveAbandoned(
  sql: Sql,
  stored: StoredMessage,
  workers: LedgerDatabase['workers'],
  at: Instant,
): Promise<Delivery> {
  const { intent } = stored.delivery;
  if (intent) await workers.markGone(sql, intent.owner);
  const reason = intent?.owner === originalOwner ? copyReason : 'the process that sent it has ended';
  // Its request may have left just now: a worker may wait for a slot, or be suspended, long after it claimed a message.
  const since = await workers.lastRequest(sql, intent?.owner ?? originalOwner);
  return applyAndSave(sql, stored, { kind: 'doubt', at, reason, since });
}

/** Reason why a message of a copied ledger is in doubt. */
export const copyReason = 'this ledger is a copy: the original may have sent it';

/**
 * Puts all unsettled messages of a copied or restored ledger in doubt; returns their number. Messages that were in
 * doubt before get a new doubt, since the original may have sent them just now.
 */
export async function doubtUnsettled(sql: Sql, clock: MonotonicClock, at: Instant): Promise<number> {
  const since = { boot: clock.boot, ms: clock.monotonic() };
  const doubt: Event = { kind: 'doubt', at, reason: copyReason, since };
  let count = 0;
  for (const stored of await listUnsettledMessages(sql)) {
    await applyAndSave(sql, stored, doubt);
    count++;
  }
  for (const storedBulk of await listBulks(sql)) {
    if (storedBulk.fingerprint === null) continue;
    const { seq } = storedBulk;
    for (const phase of ['queued', 'sending', 'doubt'] as const)
      for (const row of await findUnsettledRows(sql, storedBulk, phase, 0, unlimited)) {
        const stored = await readRow(sql, storedBulk, row);
        if (stored) await applyAndSave(sql, stored, doubt);
        count++;
      }
    const query = 'SELECT first, last FROM bulk_free WHERE bulk = ? ORDER BY first';
    for (const range of await sql.all<{ first: number; last: number }>(query, seq)) {
      await addClaim(sql, seq, range, { kind: 'intent', at, owner: originalOwner });
      count += range.last - range.first + 1;
    }
    for (const part of ['free', 'workers']) await sql.run(`DELETE FROM bulk_${part} WHERE bulk = ?`, seq);
  }
  return count;
}
