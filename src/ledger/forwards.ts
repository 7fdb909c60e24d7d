import { createHash } from 'node:crypto';
import type { Instant } from '../message/time.ts';
import type { LedgerDatabase, Sql } from './database.ts';
import type { Forward, Forwards, StoredForward } from './webhook-api.ts';

export function openForwards({ write, read }: LedgerDatabase): Forwards {
  return {
    due: (url, now, limit) =>
      read(async (sql) => {
        const found = await sql.all<Omit<StoredForward, 'url'>>(
          'SELECT seq, type, body, tries FROM forwards WHERE url = ? AND due <= ? ORDER BY seq LIMIT ?',
          digest(url),
          now,
          limit,
        );
        return found.map((forward) => ({ ...forward, url }));
      }),
    countWaiting: (url) =>
      read(async (sql) => {
        const where = url === undefined ? '' : 'WHERE url = ?';
        const values = url === undefined ? [] : [digest(url)];
        const found = await sql.get<{ n: number }>(`SELECT count(*) AS n FROM forwards ${where}`, ...values);
        return found?.n ?? 0;
      }),
    nextDue: (url) =>
      read(async (sql) => {
        const query = 'SELECT min(due) AS due FROM forwards WHERE url = ?';
        const found = await sql.get<{ due: Instant | null }>(query, digest(url));
        return found?.due ?? undefined;
      }),
    retryNow: (url, now) =>
      write(async (sql) => {
        await sql.run('UPDATE forwards SET due = ? WHERE url = ? AND due > ?', now, digest(url), now);
      }, 'written'),
    done: (seqs) =>
      write(async (sql) => {
        for (const seq of seqs) await sql.run('DELETE FROM forwards WHERE seq = ?', seq);
      }, 'written'),
    reschedule: (later) =>
      write(async (sql) => {
        for (const { seq, due } of later)
          await sql.run('UPDATE forwards SET tries = tries + 1, due = ? WHERE seq = ?', due, seq);
      }, 'written'),
  };
}

export async function addForward(sql: Sql, { url, type, body }: Forward, now: Instant): Promise<void> {
  await sql.run(
    'INSERT INTO forwards (url, type, body, tries, due) VALUES (?, ?, ?, 0, ?)',
    digest(url),
    type,
    body,
    now,
  );
}

/** Hashes a URL, since it may hold a secret and the ledger must not. */
function digest(url: string): string {
  return createHash('sha256').update(url).digest('base64url');
}
