import {
  applyEvent,
  currentChannel,
  type Delivery,
  isFinal,
  newDelivery,
  statusOf,
} from '../message/delivery.ts';
import type { Event } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import type { Instant } from '../message/time.ts';
import type { Sql } from '../storage/database.ts';
import type { MessageFilter } from './api.ts';

/** A message where it is kept, of a bulk or by itself. */
export interface Stored {
  delivery: Delivery;
  /** All that happened to it, in the order it became known. */
  history(): Event[];
  /** Keeps what it becomes. */
  save(before: Delivery, after: Delivery, event: Event): void;
}

/** Lets something happen to a message; what tells nothing new is not kept. */
export function applyAndSave(stored: Stored, event: Event): Delivery {
  const before = stored.delivery;
  stored.delivery = applyEvent(before, event);
  if (stored.delivery !== before) stored.save(before, stored.delivery, event);
  return stored.delivery;
}

type Row = { seq: number; state: string };

export function messageById(sql: Sql, id: string): Stored | undefined {
  return stored(sql, sql.get<Row>('SELECT seq, state FROM messages WHERE id = ?', id));
}

export function messageByGatewayId(sql: Sql, id: string): Stored | undefined {
  const newest = 'SELECT seq, state FROM messages WHERE gateway_id = ? ORDER BY seq DESC LIMIT 1';
  return stored(sql, sql.get<Row>(newest, id));
}

export function addMessage(sql: Sql, plan: Plan, at: Instant): Stored {
  const delivery = newDelivery(plan, at);
  sql.run(
    `INSERT INTO messages (id, gateway_id, bulk, channel, status, final, created_at, state)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    plan.id,
    ...projection(delivery),
  );
  const added = messageById(sql, plan.id);
  if (added === undefined) throw new Error(`message ${plan.id} was not kept`);
  return added;
}

/** Newest first; none that belong to a bulk. */
export function listMessages(sql: Sql, filter: MessageFilter): Delivery[] {
  const { channel, statuses, orOpen, open, since, to, limit } = filter;
  const where: string[] = [];
  const values: (string | number)[] = [];
  const narrow = (condition: string, ...given: (string | number)[]) => {
    where.push(condition);
    values.push(...given);
  };
  if (channel !== undefined) narrow('channel = ?', channel);
  if (since !== undefined) narrow('created_at >= ?', since);
  if (to !== undefined) narrow("state ->> '$.plan.to' = ?", to);
  if (open) narrow('final = 0');
  if (statuses !== undefined) {
    const among = `status IN (${statuses.map(() => '?').join(', ')})`;
    const doubt = "state ->> '$.phase' IN ('sending', 'doubt')";
    const selected = statuses.includes('in-doubt') ? `(${among} OR ${doubt})` : among;
    narrow(orOpen ? `(${selected} OR final = 0)` : selected, ...statuses);
  }
  return sql
    .all<{ state: string }>(
      `SELECT state FROM messages ${where.length > 0 ? `WHERE ${where.join(' AND ')}` : ''} ORDER BY seq DESC LIMIT ?`,
      ...values,
      limit ?? -1,
    )
    .map(({ state }) => JSON.parse(state) as Delivery);
}

/** Messages sent by themselves that wait, are being sent, or are in doubt. */
export function unsettledMessages(sql: Sql): Stored[] {
  return sql
    .all<Row>(
      "SELECT seq, state FROM messages WHERE final = 0 AND state ->> '$.phase' IN ('queued', 'sending', 'doubt')",
    )
    .flatMap((row) => stored(sql, row) ?? []);
}

function stored(sql: Sql, row: Row | undefined): Stored | undefined {
  if (row === undefined) return undefined;
  const { seq, state } = row;
  return {
    delivery: JSON.parse(state) as Delivery,
    history: () =>
      sql
        .all<{ body: string }>('SELECT body FROM events WHERE message = ? ORDER BY seq', seq)
        .map(({ body }) => JSON.parse(body) as Event),
    save(_, after, event) {
      sql.run('INSERT INTO events (message, body) VALUES (?, ?)', seq, JSON.stringify(event));
      sql.run(
        `UPDATE messages SET gateway_id = ?, bulk = ?, channel = ?, status = ?, final = ?, created_at = ?, state = ?
         WHERE seq = ?`,
        ...projection(after),
        seq,
      );
    },
  };
}

function projection(delivery: Delivery) {
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
