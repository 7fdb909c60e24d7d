import { createHash } from 'node:crypto';
import type { Instant } from '../message/time.ts';
import type { Sql } from '../storage/database.ts';
import type { Forward, Forwards, StoredForward } from './api.ts';
import type { LedgerDatabase } from './database.ts';

export function openForwards({ write, read }: LedgerDatabase): Forwards {
  return {
    due: (url, now, limit) =>
      read((sql) =>
        sql
          .all<Omit<StoredForward, 'url'>>(
            'SELECT seq, type, body, tries FROM forwards WHERE url = ? AND due <= ? ORDER BY seq LIMIT ?',
            digest(url),
            now,
            limit,
          )
          .map((forward) => ({ ...forward, url })),
      ),
    countWaiting: (url) =>
      read((sql) => {
        const where = url === undefined ? '' : 'WHERE url = ?';
        const values = url === undefined ? [] : [digest(url)];
        return sql.get<{ n: number }>(`SELECT count(*) AS n FROM forwards ${where}`, ...values)?.n ?? 0;
      }),
    nextDue: (url) =>
      read(
        (sql) =>
          sql.get<{ due: Instant | null }>('SELECT min(due) AS due FROM forwards WHERE url = ?', digest(url))
            ?.due ?? undefined,
      ),
    retryNow: (url, now) =>
      write((sql) => {
        sql.run('UPDATE forwards SET due = ? WHERE url = ? AND due > ?', now, digest(url), now);
      }, 'written'),
    done: (seqs) =>
      write((sql) => {
        for (const seq of seqs) sql.run('DELETE FROM forwards WHERE seq = ?', seq);
      }, 'written'),
    reschedule: (later) =>
      write((sql) => {
        for (const { seq, due } of later)
          sql.run('UPDATE forwards SET tries = tries + 1, due = ? WHERE seq = ?', due, seq);
      }, 'written'),
  };
}

export function addForward(sql: Sql, { url, type, body }: Forward, now: Instant): void {
  sql.run(
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
