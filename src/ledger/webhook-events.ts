import type { Delivery } from '../message/delivery.ts';
import type { Event, Receipt } from '../message/event.ts';
import type { Instant } from '../message/time.ts';
import type { WebhookEvent } from '../message/webhook.ts';
import type { LedgerDatabase, Sql } from './database.ts';
import { addForward } from './forwards.ts';
import { addInbound, findPersonByDigits } from './inbound.ts';
import { applyAndSave, findMessage, findMessageByGatewayId, type StoredMessage } from './messages.ts';
import { applyConsent } from './opt-outs.ts';
import { findRow, findRowsByGatewayId } from './rows.ts';
import { readOrphan } from './stored.ts';
import type { EventIntake, IncomingEvent, RecordedEvent } from './webhook-api.ts';

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

export function openEventIntake(database: LedgerDatabase): EventIntake {
  const { write, read, workers } = database;
  const findLiveListener = async (sql: Sql) => {
    const listener = await readListener(sql);
    return listener !== null && (await workers.isAlive(sql, listener)) ? listener : undefined;
  };
  /** The worker as which this process listens. */
  let listener: string | undefined;

  /** Runs a transaction of a listener: a worker that was cut off for long listens on under its new id. */
  async function writeListening<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    const result = await write(async (sql) => {
      if (listener !== undefined && listener !== workers.own())
        await sql.run('UPDATE identity SET listener = ? WHERE listener = ?', workers.own(), listener);
      return work(sql);
    });
    if (listener !== undefined) listener = workers.own();
    return result;
  }

  const announce = (recorded: readonly RecordedEvent[]) => {
    if (recorded.some(({ kind }) => kind === 'receipt')) database.announceChanges();
  };
  return {
    async record(incoming, forwards, now) {
      const recorded = await writeListening(async (sql) => {
        const recorded: RecordedEvent[] = [];
        for (const one of incoming) recorded.push(await recordEvent(sql, one, now));
        await trim(sql);
        for (const forward of forwards) await addForward(sql, forward, now);
        return recorded;
      });
      announce(recorded);
      return recorded;
    },
    async matchOrphans(now) {
      const matched = await writeListening((sql) => matchOrphans(sql, now));
      announce(matched);
      return matched;
    },
    pollIntervalMs: database.pollIntervalMs,
    nextAnnouncement: database.nextAnnouncement,
    latestPosition: () => read(readLatest),
    listChanges: (after) =>
      read(async (sql) => {
        const latest = await readLatest(sql);
        const query = 'SELECT DISTINCT id FROM news WHERE seq > ? AND seq <= ?';
        const changed = latest === after ? [] : await sql.all<{ id: string }>(query, after, latest);
        return { latest, ids: changed.map(({ id }) => id) };
      }),
    listen: () =>
      write(async (sql) => {
        if ((await findLiveListener(sql)) !== undefined) return undefined;
        const own = workers.own();
        await sql.run('UPDATE identity SET listener = ?', own);
        listener = own;
        return () =>
          write(async (sql) => {
            await sql.run('UPDATE identity SET listener = NULL WHERE listener = ?', listener ?? own);
            listener = undefined;
          });
      }),
    hasListener: () => read(async (sql) => (await findLiveListener(sql)) !== undefined),
  };
}

/** Returns the worker that listens, or did when it died. */
export async function readListener(sql: Sql): Promise<string | null> {
  const found = await sql.get<{ listener: string | null }>('SELECT listener FROM identity');
  return found?.listener ?? null;
}

async function recordEvent(
  sql: Sql,
  { event, consent = null }: IncomingEvent,
  now: Instant,
): Promise<RecordedEvent> {
  if (event.kind === 'inbound') {
    // Searching every message takes a while; only an opt-out must not be lost.
    const person = consent === null ? undefined : await findPersonByDigits(sql, event.inbound.from);
    const inbound = person === undefined ? event.inbound : { ...event.inbound, from: person };
    const isNew = await addInbound(sql, inbound);
    const { from: phone, at } = inbound;
    // For a duplicate, the change may have been revoked since.
    if (!isNew || consent === null) return { kind: 'inbound', inbound, isNew, consentChange: null };
    const { change, word: note } = consent;
    const optOut = { phone, at: Math.min(at, now), source: 'inbound', note } as const;
    const changed = await applyConsent(sql, change, optOut);
    return { kind: 'inbound', inbound, isNew, consentChange: changed ? change : null };
  }
  const isNew = (await sql.run('INSERT INTO heard (key) VALUES (?) ON CONFLICT DO NOTHING', event.key)) > 0;
  const stored = await findKnown(sql, event);
  if (stored) return { kind: 'receipt', ...(await applyReceipt(sql, stored, event.receipt)), isNew };
  if (isNew)
    await sql.run(
      'INSERT INTO strays (key, at, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      event.key,
      now,
      JSON.stringify(event),
    );
  return { kind: 'orphan', event, isNew };
}

async function applyReceipt(
  sql: Sql,
  stored: StoredMessage,
  receipt: Receipt,
): Promise<{ receipt: Receipt; delivery: Delivery }> {
  const before = stored.delivery;
  const event: Event = { kind: 'receipt', ...receipt };
  const delivery = await applyAndSave(sql, stored, event);
  if (delivery !== before) await sql.run('INSERT INTO news (id) VALUES (?)', delivery.plan.id);
  return { receipt, delivery };
}

/** Finds a message by quick ways only: `matchOrphans` searches all outcomes of bulks for a gateway id. */
async function findKnown(
  sql: Sql,
  { ids, gatewayId = null }: ReceiptIds,
): Promise<StoredMessage | undefined> {
  for (const id of ids) {
    const found = (await findMessage(sql, id)) ?? (await findRow(sql, id));
    if (found) return found;
  }
  return gatewayId === null ? undefined : findMessageByGatewayId(sql, gatewayId);
}

type ReceiptIds = Pick<Extract<WebhookEvent, { kind: 'receipt' }>, 'ids' | 'gatewayId'>;

/** Matches recent orphans with messages known by now. Older ones are of messages that other programs send. */
async function matchOrphans(sql: Sql, now: Instant): Promise<RecordedEvent[]> {
  const found = await sql.all<{ seq: number; body: string }>(
    'SELECT seq, body FROM strays WHERE at >= ? ORDER BY seq DESC LIMIT ?',
    now - orphanTtlMs,
    maxOrphansMatched,
  );
  if (found.length === 0) return [];
  const orphans = found
    .map(({ seq, body }) => ({
      seq,
      receiptEvent: readOrphan(body),
    }))
    .reverse();
  const byGatewayId = await findRowsByGatewayId(
    sql,
    orphans.flatMap(({ receiptEvent }) => receiptEvent.gatewayId ?? []),
  );
  const matched: RecordedEvent[] = [];
  for (const { seq, receiptEvent } of orphans) {
    const stored =
      (await findKnown(sql, receiptEvent)) ?? (await byGatewayId.get(receiptEvent.gatewayId ?? '')?.());
    if (stored === undefined) continue;
    await sql.run('DELETE FROM strays WHERE seq = ?', seq);
    const applied = await applyReceipt(sql, stored, receiptEvent.receipt);
    matched.push({ kind: 'receipt', ...applied, isNew: true });
  }
  return matched;
}

async function readLatest(sql: Sql): Promise<number> {
  return (await sql.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM news'))?.seq ?? 0;
}

async function trim(sql: Sql): Promise<void> {
  await sql.run('DELETE FROM news WHERE seq <= (SELECT max(seq) FROM news) - ?', maxNewsKept);
  await sql.run('DELETE FROM heard WHERE seq <= (SELECT max(seq) FROM heard) - ?', maxEventKeys);
  await sql.run('DELETE FROM strays WHERE seq <= (SELECT max(seq) FROM strays) - ?', maxOrphansKept);
}
