import {
  applyEvent,
  currentChannel,
  type Delivery,
  isFinal,
  newDelivery,
  statusOf,
} from '../message/delivery.ts';
import { type Event, isFailed } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import { saysOptedOut } from '../message/opt-out-reason.ts';
import { listPersonForms } from '../message/person.ts';
import type { Instant } from '../message/time.ts';
import type { MessageFilter } from './api.ts';
import { type Sql, unlimited } from './database.ts';
import { applyConsent } from './opt-outs.ts';
import { readDelivery, readEvent } from './stored.ts';

/** A message in the ledger, a row of a bulk or sent individually. */
export interface StoredMessage {
  delivery: Delivery;
  /** Returns all events, in the order in which they became known. */
  history(): Promise<Event[]>;
  /** Saves an event and the state it leads to. */
  save(before: Delivery, after: Delivery, event: Event): Promise<void>;
}

/**
 * Applies an event to a message and saves it, unless it changes nothing. A rejection because the recipient opted out at
 * the gateway opts them out here too.
 */
export async function applyAndSave(sql: Sql, message: StoredMessage, event: Event): Promise<Delivery> {
  const before = message.delivery;
  message.delivery = applyEvent(before, event);
  if (message.delivery === before) return before;
  await message.save(before, message.delivery, event);
  const reason = findRejection(event);
  if (reason !== null && saysOptedOut(reason))
    await applyConsent(sql, 'out', { phone: before.plan.to, at: event.at, source: 'gateway', note: reason });
  return message.delivery;
}

/** Returns the reason of an event that says that a message was rejected or not delivered; null for any other. */
function findRejection(event: Event): string | null {
  if (event.kind === 'refused') return event.reason;
  return event.kind === 'receipt' && isFailed(event.status) ? event.reason : null;
}

type Row = { seq: number; state: string };

export async function findMessage(sql: Sql, id: string): Promise<StoredMessage | undefined> {
  return decodeMessage(sql, await sql.get<Row>('SELECT seq, state FROM messages WHERE id = ?', id));
}

export async function findMessageByGatewayId(sql: Sql, id: string): Promise<StoredMessage | undefined> {
  const newest = 'SELECT seq, state FROM messages WHERE gateway_id = ? ORDER BY seq DESC LIMIT 1';
  return decodeMessage(sql, await sql.get<Row>(newest, id));
}

export async function addMessage(sql: Sql, plan: Plan, at: Instant): Promise<StoredMessage> {
  const delivery = newDelivery(plan, at);
  await sql.run(
    `INSERT INTO messages (id, gateway_id, bulk, channel, status, final, created_at, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    plan.id,
    ...indexValues(delivery),
  );
  const added = await findMessage(sql, plan.id);
  if (added === undefined) throw new Error(`message ${plan.id} was not stored`);
  return added;
}

/** Lists messages sent individually, the newest first. */
export async function listMessages(sql: Sql, filter: MessageFilter): Promise<Delivery[]> {
  const { channel, statuses, orOpen, open, since, to, limit } = filter;
  const { at, list } = sql.grammar;
  const where: string[] = [];
  const values: (string | number)[] = [];
  const addCondition = (condition: string, ...parameters: (string | number)[]) => {
    where.push(condition);
    values.push(...parameters);
  };
  if (channel !== undefined) addCondition('channel = ?', channel);
  if (since !== undefined) addCondition('created_at >= ?', since);
  if (to !== undefined)
    addCondition(
      `${at('state', 'plan', 'to')} IN (SELECT value FROM ${list('?')} AS numbers)`,
      JSON.stringify(listPersonForms(to)),
    );
  if (open) addCondition('final = 0');
  if (statuses !== undefined) {
    const isAmong = `status IN (${statuses.map(() => '?').join(', ')})`;
    const isInDoubt = `${at('state', 'phase')} IN ('sending', 'doubt')`;
    const selected = statuses.includes('in-doubt') ? `(${isAmong} OR ${isInDoubt})` : isAmong;
    addCondition(orOpen ? `(${selected} OR final = 0)` : selected, ...statuses);
  }
  const found = await sql.all<{ state: string }>(
    `SELECT state FROM messages ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY seq DESC LIMIT ?`,
    ...values,
    limit ?? unlimited,
  );
  return found.map(({ state }) => readDelivery(state));
}

/** Lists messages sent individually that are queued, being sent or in doubt. */
export async function listUnsettledMessages(sql: Sql): Promise<StoredMessage[]> {
  const phase = sql.grammar.at('state', 'phase');
  const found = await sql.all<Row>(
    `SELECT seq, state FROM messages WHERE final = 0 AND ${phase} IN ('queued', 'sending', 'doubt')`,
  );
  return found.flatMap((row) => decodeMessage(sql, row) ?? []);
}

function decodeMessage(sql: Sql, row: Row | undefined): StoredMessage | undefined {
  if (row === undefined) return undefined;
  const { seq, state } = row;
  return {
    delivery: readDelivery(state),
    async history() {
      const query = 'SELECT body FROM events WHERE message = ? ORDER BY seq';
      return (await sql.all<{ body: string }>(query, seq)).map(({ body }) => readEvent(body));
    },
    async save(_, after, event) {
      await sql.run('INSERT INTO events (message, body) VALUES (?, ?)', seq, JSON.stringify(event));
      await sql.run(
        `UPDATE messages SET gateway_id = ?, bulk = ?, channel = ?, status = ?, final = ?, created_at = ?, state = ?
         WHERE seq = ?`,
        ...indexValues(after),
        seq,
      );
    },
  };
}

function indexValues(delivery: Delivery) {
  return [
    delivery.gatewayId,
    delivery.bulk,
    currentChannel(delivery),
    statusOf(delivery),
    isFinal(delivery) ? 1 : 0,
    delivery.createdAt,
    JSON.stringify(delivery),
  ] as const;
}
