import type { Instant } from '../message/event.ts';
import type { Sql } from '../storage/database.ts';
import type { Access } from './access.ts';

/** A webhook call that is to be passed on as it came. */
export interface Forward {
  url: string;
  /** Its content type. */
  type: string;
  /** Each character a byte. */
  body: string;
}

/** One that is kept until it was taken. */
export interface KeptForward extends Forward {
  seq: number;
  /** How often it was tried. */
  tries: number;
}

/** What is to be passed on. */
export interface Forwards {
  /** Those whose time has come, the oldest first. */
  due(url: string, now: Instant, most: number): Promise<KeptForward[]>;
  /** When the next one's time comes. */
  next(url: string): Promise<Instant | undefined>;
  /** They were taken, or are given up. */
  done(seqs: readonly number[]): Promise<void>;
  /** They were not taken: to be tried again at `due`. */
  postpone(later: readonly { seq: number; due: Instant }[]): Promise<void>;
}

export function openForwards({ write, read }: Access): Forwards {
  return {
    due: (url, now, most) =>
      read((sql) =>
        sql.all<KeptForward>(
          'SELECT seq, url, type, body, tries FROM forwards WHERE url = ? AND due <= ? ORDER BY due, seq LIMIT ?',
          url,
          now,
          most,
        ),
      ),
    next: (url) =>
      read(
        (sql) =>
          sql.get<{ due: Instant | null }>('SELECT min(due) AS due FROM forwards WHERE url = ?', url)?.due ??
          undefined,
      ),
    done: (seqs) =>
      write((sql) => {
        for (const seq of seqs) sql.run('DELETE FROM forwards WHERE seq = ?', seq);
      }, 'written'),
    postpone: (later) =>
      write((sql) => {
        for (const { seq, due } of later)
          sql.run('UPDATE forwards SET tries = tries + 1, due = ? WHERE seq = ?', due, seq);
      }, 'written'),
  };
}

export function addForward(sql: Sql, { url, type, body }: Forward, now: Instant): void {
  sql.run('INSERT INTO forwards (url, type, body, tries, due) VALUES (?, ?, ?, 0, ?)', url, type, body, now);
}
