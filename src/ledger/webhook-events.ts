import type { Delivery } from '../message/delivery.ts';
import type { Event, Instant, Receipt } from '../message/event.ts';
import type { Wish } from '../message/opt-out.ts';
import type { Heard, Inbound } from '../message/webhook.ts';
import type { Sql } from '../storage/database.ts';
import type { Access } from './database.ts';
import { addForward, type Forward } from './forwards.ts';
import { addInbound } from './inbound.ts';
import { happen, messageByGatewayId, messageById, type Stored } from './messages.ts';
import { addOptOut, removeOptOut } from './opt-outs.ts';
import { rowById, rowsByGatewayId } from './rows.ts';

/** Something heard, with what is made of it in the same breath. */
export interface Hearsay {
  heard: Heard;
  /** What an inbound message says about being written to, and in which word; null for nothing. */
  wish?: { wish: Wish; word: string } | null;
}

/** What became of something heard. */
export type Noted =
  /** `isNew`: it was not told before, though what it tells may have been known by other means. */
  | { kind: 'receipt'; receipt: Receipt; delivery: Delivery; isNew: boolean }
  /** Of a message that nobody here knows. It is kept: the message may become known. */
  | { kind: 'stray'; heard: Extract<Heard, { kind: 'receipt' }>; isNew: boolean }
  /** `wish`: they are opted out, or in again, since. */
  | { kind: 'inbound'; inbound: Inbound; isNew: boolean; wish: Wish | null };

/** What the ledger hears of messages that were sent, and from people. */
export interface Hearing {
  /** Keeps what was heard, and what is to be passed on, all in one commit. In the order it was heard. */
  note(hearsay: readonly Hearsay[], forwards: readonly Forward[], now: Instant): Promise<Noted[]>;
  /** Looks again for the messages that strays of the last minutes speak of, and returns what was found. */
  reclaim(now: Instant): Promise<Noted[]>;
  /** The place of the latest news. */
  latest(): Promise<number>;
  /** The ids of the messages that something was heard of since the place `after`, of the latest hundred thousand. */
  news(after: number): Promise<{ latest: number; ids: string[] }>;
  /** Takes the part of the one who listens for this ledger; undefined where another process has it. */
  listen(): Promise<(() => Promise<void>) | undefined>;
  /** Whether a process listens, so that what happens is known without asking. */
  isHeard(): Promise<boolean>;
}

/** News kept, at least. Who follows looks many times a second, and asks the gateway now and then besides. */
const kept = 100_000;

/** Strays kept: those of messages that others send with the same account. */
const mostStrays = 100_000;

/** How long a stray's message may take to become known, in milliseconds: it is told of while its send is answered. */
const hope = 5 * 60_000;

/** Strays looked at in one go: no call is taken meanwhile. */
const mostReclaimed = 1_000;

/** Events whose doubles are told from news. */
const mostHeard = 100_000;

export function openHearing({ write, read, workers }: Access): Hearing {
  return {
    note: (hearsay, forwards, now) =>
      write((sql) => {
        const noted = hearsay.map((one) => note(sql, one, now));
        trim(sql);
        for (const forward of forwards) addForward(sql, forward, now);
        return noted;
      }),
    reclaim: (now) => write((sql) => reclaim(sql, now)),
    latest: () => read(latest),
    news: (after) =>
      read((sql) => ({
        latest: latest(sql),
        ids: sql.all<{ id: string }>('SELECT DISTINCT id FROM news WHERE seq > ?', after).map(({ id }) => id),
      })),
    listen: () =>
      write((sql) => {
        const other = listenerOf(sql);
        if (other !== null && workers.isAlive(sql, other)) return undefined;
        const own = workers.own();
        sql.run('UPDATE identity SET listener = ?', own);
        return () =>
          write((sql) => {
            sql.run('UPDATE identity SET listener = NULL WHERE listener = ?', own);
          });
      }),
    isHeard: () =>
      read((sql) => {
        const listener = listenerOf(sql);
        return listener !== null && workers.isAlive(sql, listener);
      }),
  };
}

function listenerOf(sql: Sql): string | null {
  return sql.get<{ listener: string | null }>('SELECT listener FROM identity')?.listener ?? null;
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
  const isNew = sql.run('INSERT OR IGNORE INTO heard (key) VALUES (?)', heard.key) > 0;
  const stored = named(sql, heard);
  if (stored) return { kind: 'receipt', ...told(sql, stored, heard.receipt), isNew };
  if (isNew)
    sql.run(
      'INSERT OR IGNORE INTO strays (key, at, body) VALUES (?, ?, ?)',
      heard.key,
      now,
      JSON.stringify(heard),
    );
  return { kind: 'stray', heard, isNew };
}

function told(sql: Sql, stored: Stored, receipt: Receipt): { receipt: Receipt; delivery: Delivery } {
  const before = stored.delivery;
  const event: Event = { kind: 'receipt', ...receipt };
  const delivery = happen(stored, event);
  if (delivery !== before) sql.run('INSERT INTO news (id) VALUES (?)', delivery.plan.id);
  return { receipt, delivery };
}

/** Quick ways only: to look through all outcomes of bulks for a gateway's id is left to `reclaim`. */
function named(sql: Sql, { ids, gatewayId = null }: Receipts): Stored | undefined {
  for (const id of ids) {
    const found = messageById(sql, id) ?? rowById(sql, id);
    if (found) return found;
  }
  return gatewayId === null ? undefined : messageByGatewayId(sql, gatewayId);
}

type Receipts = Pick<Extract<Heard, { kind: 'receipt' }>, 'ids' | 'gatewayId'>;

/** Of the latest strays those whose message is known by now. Older ones are of messages that others send. */
function reclaim(sql: Sql, now: Instant): Noted[] {
  const strays = sql
    .all<{ seq: number; body: string }>(
      'SELECT seq, body FROM strays WHERE at >= ? ORDER BY seq DESC LIMIT ?',
      now - hope,
      mostReclaimed,
    )
    .map(({ seq, body }) => ({ seq, heard: JSON.parse(body) as Extract<Heard, { kind: 'receipt' }> }))
    .reverse();
  if (strays.length === 0) return [];
  const byGatewayId = rowsByGatewayId(
    sql,
    strays.flatMap(({ heard }) => heard.gatewayId ?? []),
  );
  return strays.flatMap(({ seq, heard }): Noted[] => {
    const stored = named(sql, heard) ?? byGatewayId.get(heard.gatewayId ?? '')?.();
    if (stored === undefined) return [];
    sql.run('DELETE FROM strays WHERE seq = ?', seq);
    return [{ kind: 'receipt', ...told(sql, stored, heard.receipt), isNew: true }];
  });
}

function latest(sql: Sql): number {
  return sql.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM news')?.seq ?? 0;
}

function trim(sql: Sql): void {
  sql.run('DELETE FROM news WHERE seq <= (SELECT max(seq) FROM news) - ?', kept);
  sql.run('DELETE FROM heard WHERE seq <= (SELECT max(seq) FROM heard) - ?', mostHeard);
  sql.run('DELETE FROM strays WHERE seq <= (SELECT max(seq) FROM strays) - ?', mostStrays);
}
