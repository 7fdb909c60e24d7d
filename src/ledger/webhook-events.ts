import type { Delivery } from '../message/delivery.ts';
import type { Event, Receipt } from '../message/event.ts';
import type { Instant } from '../message/time.ts';
import type { WebhookEvent } from '../message/webhook.ts';
import type { Sql } from '../storage/database.ts';
import type { EventIntake, IncomingEvent, RecordedEvent } from './api.ts';
import type { LedgerDatabase } from './database.ts';
import { addForward } from './forwards.ts';
import { addInbound, findPersonByDigits } from './inbound.ts';
import { applyAndSave, findMessage, findMessageByGatewayId, type StoredMessage } from './messages.ts';
import { applyConsent } from './opt-outs.ts';
import { findRow, findRowsByGatewayId } from './rows.ts';

/** Changes kept, at least. Watchers poll many times a second, and also ask the gateway now and then. */
const maxNewsKept = 100_000;

/** Orphan receipts kept: those of messages that other programs send with the same account. */
const maxOrphansKept = 100_000;

/** Milliseconds within which an orphan's message may become known: a receipt may arrive before the send response. */
const orphanTtlMs = 5 * 60_000;

/** Orphans matched in one transaction, during which no webhook call is recorded. */
const maxOrphansMatched = 1_000;

/** Event keys kept to detect duplicates. */
const maxEventKeys = 100_000;

export function openEventIntake({ write, read, workers }: LedgerDatabase): EventIntake {
  return {
    record: (incoming, forwards, now) =>
      write((sql) => {
        const recorded = incoming.map((one) => recordEvent(sql, one, now));
        trim(sql);
        for (const forward of forwards) addForward(sql, forward, now);
        return recorded;
      }),
    matchOrphans: (now) => write((sql) => matchOrphans(sql, now)),
    latestPosition: () => read(readLatest),
    listChanges: (after) =>
      read((sql) => ({
        latest: readLatest(sql),
        ids: sql.all<{ id: string }>('SELECT DISTINCT id FROM news WHERE seq > ?', after).map(({ id }) => id),
      })),
    listen: () =>
      write((sql) => {
        const other = readListener(sql);
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
        const listener = readListener(sql);
        return listener !== null && workers.isAlive(sql, listener);
      }),
  };
}

function readListener(sql: Sql): string | null {
  return sql.get<{ listener: string | null }>('SELECT listener FROM identity')?.listener ?? null;
}

function recordEvent(sql: Sql, { event, consent = null }: IncomingEvent, now: Instant): RecordedEvent {
  if (event.kind === 'inbound') {
    // Searching every message takes a while; only an opt-out must not be lost.
    const person = consent === null ? undefined : findPersonByDigits(sql, event.inbound.from);
    const inbound = person === undefined ? event.inbound : { ...event.inbound, from: person };
    const isNew = addInbound(sql, inbound);
    const { from: phone, at } = inbound;
    // For a duplicate, the change may have been revoked since.
    if (!isNew || consent === null) return { kind: 'inbound', inbound, isNew, consentChange: null };
    const { change, word: note } = consent;
    const changed = applyConsent(sql, change, { phone, at: Math.min(at, now), source: 'inbound', note });
    return { kind: 'inbound', inbound, isNew, consentChange: changed ? change : null };
  }
  const isNew = sql.run('INSERT OR IGNORE INTO heard (key) VALUES (?)', event.key) > 0;
  const stored = findKnown(sql, event);
  if (stored) return { kind: 'receipt', ...applyReceipt(sql, stored, event.receipt), isNew };
  if (isNew)
    sql.run(
      'INSERT OR IGNORE INTO strays (key, at, body) VALUES (?, ?, ?)',
      event.key,
      now,
      JSON.stringify(event),
    );
  return { kind: 'orphan', event, isNew };
}

function applyReceipt(
  sql: Sql,
  stored: StoredMessage,
  receipt: Receipt,
): { receipt: Receipt; delivery: Delivery } {
  const before = stored.delivery;
  const event: Event = { kind: 'receipt', ...receipt };
  const delivery = applyAndSave(sql, stored, event);
  if (delivery !== before) sql.run('INSERT INTO news (id) VALUES (?)', delivery.plan.id);
  return { receipt, delivery };
}

/** Finds a message by quick ways only: `matchOrphans` searches all outcomes of bulks for a gateway id. */
function findKnown(sql: Sql, { ids, gatewayId = null }: ReceiptIds): StoredMessage | undefined {
  for (const id of ids) {
    const found = findMessage(sql, id) ?? findRow(sql, id);
    if (found) return found;
  }
  return gatewayId === null ? undefined : findMessageByGatewayId(sql, gatewayId);
}

type ReceiptIds = Pick<Extract<WebhookEvent, { kind: 'receipt' }>, 'ids' | 'gatewayId'>;

/** Matches recent orphans with messages known by now. Older ones are of messages that other programs send. */
function matchOrphans(sql: Sql, now: Instant): RecordedEvent[] {
  const orphans = sql
    .all<{ seq: number; body: string }>(
      'SELECT seq, body FROM strays WHERE at >= ? ORDER BY seq DESC LIMIT ?',
      now - orphanTtlMs,
      maxOrphansMatched,
    )
    .map(({ seq, body }) => ({
      seq,
      receiptEvent: JSON.parse(body) as Extract<WebhookEvent, { kind: 'receipt' }>,
    }))
    .reverse();
  if (orphans.length === 0) return [];
  const byGatewayId = findRowsByGatewayId(
    sql,
    orphans.flatMap(({ receiptEvent }) => receiptEvent.gatewayId ?? []),
  );
  return orphans.flatMap(({ seq, receiptEvent }): RecordedEvent[] => {
    const stored = findKnown(sql, receiptEvent) ?? byGatewayId.get(receiptEvent.gatewayId ?? '')?.();
    if (stored === undefined) return [];
    sql.run('DELETE FROM strays WHERE seq = ?', seq);
    return [{ kind: 'receipt', ...applyReceipt(sql, stored, receiptEvent.receipt), isNew: true }];
  });
}

function readLatest(sql: Sql): number {
  return sql.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM news')?.seq ?? 0;
}

function trim(sql: Sql): void {
  sql.run('DELETE FROM news WHERE seq <= (SELECT max(seq) FROM news) - ?', maxNewsKept);
  sql.run('DELETE FROM heard WHERE seq <= (SELECT max(seq) FROM heard) - ?', maxEventKeys);
  sql.run('DELETE FROM strays WHERE seq <= (SELECT max(seq) FROM strays) - ?', maxOrphansKept);
}
