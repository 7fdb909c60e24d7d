import { createHash } from 'node:crypto';
import type { Instant } from '../message/time.ts';
import type { Sql } from '../storage/database.ts';
import type { Forward, Forwards, StoredForward } from './api.ts';
import type { LedgerDatabase } from './database.ts';

export function openForwards({ write, read }: LedgerDatabase): Forwards {
  return {
    due: (url, now, most) =>
      read((sql) =>
        sql
          .all<Omit<StoredForward, 'url'>>(
            'SELECT seq, type, body, tries FROM forwards WHERE url = ? AND due <= ? ORDER BY seq LIMIT ?',
            digest(url),
            now,
            most,
          )
          .map((forward) => ({ ...forward, url })),
      ),
    waiting: (url) =>
      read((sql) => {
        const of = url === undefined ? '' : 'WHERE url = ?';
        const values = url === undefined ? [] : [digest(url)];
        return sql.get<{ n: number }>(`SELECT count(*) AS n FROM forwards ${of}`, ...values)?.n ?? 0;
      }),
    next: (url) =>
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

/** An address may hold a secret, and the ledger holds none. */
function digest(url: string): string {
  return createHash('sha256').update(url).digest('base64url');
}
