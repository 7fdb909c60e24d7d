import { createHash } from 'node:crypto';
import type { Wish } from '../message/consent.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Event, Instant } from '../message/event.ts';
import type { Heard } from '../message/heard.ts';
import type { Inbound } from '../message/inbound.ts';
import type { Sql } from '../storage/database.ts';
import { bestEngine } from '../storage/engine.ts';
import { isTaken, keepLock } from '../storage/lock.ts';
import type { Access } from './access.ts';
import { rowById, rowsByGatewayId } from './bulk-rows.ts';
import { addForward, type Forward } from './forwards.ts';
import { addInbound } from './inbounds.ts';
import { happen, messageByGatewayId, messageById, type Stored } from './messages.ts';
import { addOptOut, removeOptOut } from './optouts.ts';

/** Something heard, with what is made of it in the same breath. */
export interface Hearsay {
  heard: Heard;
  /** What an inbound message says about being written to, and in which word; null for nothing. */
  wish?: { wish: Wish; word: string } | null;
}

/** What became of something heard. */
export type Noted =
  /** `isNew`: it told something that was not known. */
  | { kind: 'receipt'; delivery: Delivery; isNew: boolean }
  /** Of a message that nobody here knows. It is kept: the message may become known. */
  | { kind: 'stray'; heard: Extract<Heard, { kind: 'receipt' }>; isNew: boolean }
  /** `wish`: they are opted out, or in again, since. */
  | { kind: 'inbound'; inbound: Inbound; isNew: boolean; wish: Wish | null };

/** What the ledger hears of messages that were sent, and from people. */
export interface Hearing {
  /** Keeps what was heard, and what is to be passed on, all in one commit. In the order it was heard. */
  note(hearsay: readonly Hearsay[], forwards: readonly Forward[], now: Instant): Promise<Noted[]>;
  /** Looks again for the messages that strays speak of, and returns what was found. */
  reclaim(): Promise<Noted[]>;
  /** The place of the latest news. */
  latest(): Promise<number>;
  /** The ids of the messages that something was heard of since the place `after`, of the latest hundred thousand. */
  news(after: number): Promise<{ latest: number; ids: string[] }>;
  /** Takes the part of the one who listens for this ledger; undefined where another process has it. */
  listen(): Promise<(() => void) | undefined>;
  /** Whether a process listens, so that what happens is known without asking. */
  isHeard(): Promise<boolean>;
}

/** News kept, at least. Who follows looks many times a second, and asks the gateway now and then besides. */
const kept = 100_000;

/** Strays kept: those of messages that others send with the same account. */
const mostStrays = 100_000;

export function openHearing({ path, write, read }: Access): Hearing {
  const lock = `${path}.listen.lock`;
  return {
    note: (hearsay, forwards, now) =>
      write((sql) => {
        const noted = hearsay.map((one) => note(sql, one, now));
        trim(sql);
        for (const forward of forwards) addForward(sql, forward, now);
        return noted;
      }),
    reclaim: () => write(reclaim),
    latest: () => read(latest),
    news: (after) =>
      read((sql) => ({
        latest: latest(sql),
        ids: sql.all<{ id: string }>('SELECT DISTINCT id FROM news WHERE seq > ?', after).map(({ id }) => id),
      })),
    listen: () => keepLock(bestEngine(), lock),
    isHeard: () => isTaken(bestEngine(), lock),
  };
}

function note(sql: Sql, { heard, wish = null }: Hearsay, now: Instant): Noted {
  if (heard.kind === 'inbound') {
    const { inbound } = heard;
    const isNew = addInbound(sql, inbound);
    const { from: phone } = inbound;
    // Told again, it may have been taken back since.
    if (!isNew || wish === null) return { kind: 'inbound', inbound, isNew, wish: null };
    const changed =
      wish.wish === 'in'
        ? removeOptOut(sql, phone) !== undefined
        : addOptOut(sql, { phone, at: now, source: 'inbound', note: wish.word });
    return { kind: 'inbound', inbound, isNew, wish: changed ? wish.wish : null };
  }
  const stored = named(sql, heard.ids);
  if (stored) return told(sql, stored, heard.receipt);
  const body = JSON.stringify(heard);
  const key = createHash('sha256').update(body).digest('base64url');
  const isNew = sql.run('INSERT OR IGNORE INTO strays (key, at, body) VALUES (?, ?, ?)', key, now, body) > 0;
  return { kind: 'stray', heard, isNew };
}

function told(sql: Sql, stored: Stored, receipt: Extract<Heard, { kind: 'receipt' }>['receipt']): Noted {
  const before = stored.delivery;
  const event: Event = { kind: 'receipt', ...receipt };
  const delivery = happen(stored, event);
  const isNew = delivery !== before;
  if (isNew) sql.run('INSERT INTO news (id) VALUES (?)', delivery.plan.id);
  return { kind: 'receipt', delivery, isNew };
}

/** Quick ways only: to look through all outcomes of bulks for a gateway's id is left to `reclaim`. */
function named(sql: Sql, ids: readonly string[]): Stored | undefined {
  for (const id of ids) {
    const found = messageById(sql, id) ?? rowById(sql, id) ?? messageByGatewayId(sql, id);
    if (found) return found;
  }
  return undefined;
}

function reclaim(sql: Sql): Noted[] {
  const strays = sql
    .all<{ seq: number; body: string }>('SELECT seq, body FROM strays ORDER BY seq')
    .map(({ seq, body }) => ({ seq, heard: JSON.parse(body) as Extract<Heard, { kind: 'receipt' }> }));
  if (strays.length === 0) return [];
  const byGatewayId = rowsByGatewayId(
    sql,
    strays.flatMap(({ heard }) => heard.ids),
  );
  return strays.flatMap(({ seq, heard }) => {
    const stored = named(sql, heard.ids) ?? heard.ids.map((id) => byGatewayId.get(id)?.()).find(Boolean);
    if (stored === undefined) return [];
    sql.run('DELETE FROM strays WHERE seq = ?', seq);
    return [told(sql, stored, heard.receipt)];
  });
}

function latest(sql: Sql): number {
  return sql.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM news')?.seq ?? 0;
}

function trim(sql: Sql): void {
  sql.run('DELETE FROM news WHERE seq <= (SELECT max(seq) FROM news) - ?', kept);
  sql.run('DELETE FROM strays WHERE seq <= (SELECT max(seq) FROM strays) - ?', mostStrays);
}
