import { createHash } from 'node:crypto';
import type { Instant } from '../message/event.ts';
import type { Sql } from '../storage/database.ts';
import type { Access } from './database.ts';

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
  /** Those for an address whose time has come, the oldest first. */
  due(url: string, now: Instant, most: number): Promise<KeptForward[]>;
  /** All for this address are due: it takes calls again. */
  hurry(url: string, now: Instant): Promise<void>;
  /** How many there are for this address; without one, for all. */
  waiting(url?: string): Promise<number>;
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
        sql
          .all<Omit<KeptForward, 'url'>>(
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
    hurry: (url, now) =>
      write((sql) => {
        sql.run('UPDATE forwards SET due = ? WHERE url = ? AND due > ?', now, digest(url), now);
      }, 'written'),
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
