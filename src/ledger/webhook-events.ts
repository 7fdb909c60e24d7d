import type { Delivery } from '../message/delivery.ts';
import type { Event, Receipt } from '../message/event.ts';
import type { Instant } from '../message/time.ts';
import type { WebhookEvent } from '../message/webhook.ts';
import type { Sql } from '../storage/database.ts';
import type { EventIntake, IncomingEvent, RecordedEvent } from './api.ts';
import type { LedgerDatabase } from './database.ts';
import { addForward } from './forwards.ts';
import { addInbound } from './inbound.ts';
import { applyAndSave, messageByGatewayId, messageById, type Stored } from './messages.ts';
import { addOptOut, removeOptOut } from './opt-outs.ts';
import { rowById, rowsByGatewayId } from './rows.ts';

/** News kept, at least. Who follows looks many times a second, and asks the gateway now and then besides. */
const kept = 100_000;

/** Strays kept: those of messages that others send with the same account. */
const maxOrphansKept = 100_000;

/** How long a stray's message may take to become known, in milliseconds: it is told of while its send is answered. */
const orphanTtlMs = 5 * 60_000;

/** Strays looked at in one go: no call is taken meanwhile. */
const maxOrphansMatched = 1_000;

/** Events whose doubles are told from news. */
const maxEventKeys = 100_000;

export function openEventIntake({ write, read, workers }: LedgerDatabase): EventIntake {
  return {
    record: (hearsay, forwards, now) =>
      write((sql) => {
        const noted = hearsay.map((one) => note(sql, one, now));
        trim(sql);
        for (const forward of forwards) addForward(sql, forward, now);
        return noted;
      }),
    matchOrphans: (now) => write((sql) => reclaim(sql, now)),
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
    hasListener: () =>
      read((sql) => {
        const listener = listenerOf(sql);
        return listener !== null && workers.isAlive(sql, listener);
      }),
  };
}

function listenerOf(sql: Sql): string | null {
  return sql.get<{ listener: string | null }>('SELECT listener FROM identity')?.listener ?? null;
}

function note(sql: Sql, { heard, wish = null }: IncomingEvent, now: Instant): RecordedEvent {
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
  const delivery = applyAndSave(stored, event);
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

type Receipts = Pick<Extract<WebhookEvent, { kind: 'receipt' }>, 'ids' | 'gatewayId'>;

/** Of the latest strays those whose message is known by now. Older ones are of messages that others send. */
function reclaim(sql: Sql, now: Instant): RecordedEvent[] {
  const strays = sql
    .all<{ seq: number; body: string }>(
      'SELECT seq, body FROM strays WHERE at >= ? ORDER BY seq DESC LIMIT ?',
      now - orphanTtlMs,
      maxOrphansMatched,
    )
    .map(({ seq, body }) => ({ seq, heard: JSON.parse(body) as Extract<WebhookEvent, { kind: 'receipt' }> }))
    .reverse();
  if (strays.length === 0) return [];
  const byGatewayId = rowsByGatewayId(
    sql,
    strays.flatMap(({ heard }) => heard.gatewayId ?? []),
  );
  return strays.flatMap(({ seq, heard }): RecordedEvent[] => {
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
  sql.run('DELETE FROM heard WHERE seq <= (SELECT max(seq) FROM heard) - ?', maxEventKeys);
  sql.run('DELETE FROM strays WHERE seq <= (SELECT max(seq) FROM strays) - ?', maxOrphansKept);
}
