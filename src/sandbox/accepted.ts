import type { ChannelName } from '../message/channels/channel.ts';
import type { SyncSql } from '../storage/database.ts';
import type { Hop } from './timeline.ts';

/** An accepted message and everything decided on acceptance. Its timeline follows from these fields. */
export interface Accepted {
  messageId: string;
  customerMessageId: string;
  phoneNumber: string;
  /** Channel whose endpoint received the request. */
  channel: ChannelName;
  chain: readonly Hop[];
  simulation: boolean;
  acceptedAt: number;
  /** Time at which it is sent; null if that is when it was accepted. */
  scheduledAt: number | null;
  /** Sender of its SMS; null if not given. */
  sender: string | null;
  /** False if the client wants no webhook calls for it. */
  notifies: boolean;
  /** Price in cents; 0 for a simulated message. */
  priceCents: number;
  /** Body as the client sent it. */
  body: unknown;
}

/** Row of the `messages` table. */
export interface AcceptedRow {
  n: number;
  message_id: string;
  customer_id: string;
  phone: string;
  channel: ChannelName;
  chain: string;
  simulation: number;
  accepted_at: number;
  /** Time of the first step of the timeline. */
  starts_at: number;
  sender: string | null;
  notifies: number;
  price: number;
  body: string;
}

/** A message as column values, and its price in cents. */
export interface EncodedMessage {
  priceCents: number;
  values: readonly (string | number | null)[];
}

/** Encodes a message. @throws RangeError from `JSON.stringify` for a body nested too deeply */
export function encodeAccepted(message: Accepted): EncodedMessage {
  return {
    priceCents: message.priceCents,
    values: [
      message.messageId,
      message.customerMessageId,
      message.phoneNumber,
      message.channel,
      JSON.stringify(message.chain),
      message.simulation ? 1 : 0,
      message.acceptedAt,
      message.scheduledAt ?? message.acceptedAt,
      message.sender,
      message.notifies ? 1 : 0,
      message.priceCents,
      JSON.stringify(message.body),
    ],
  };
}

export function insertAccepted(sql: SyncSql, { values }: EncodedMessage): void {
  sql.run(
    `INSERT INTO messages (message_id, customer_id, phone, channel, chain, simulation, accepted_at, starts_at,
       sender, notifies, price, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...values,
  );
}

export function decodeAccepted(row: AcceptedRow): Accepted {
  return {
    messageId: row.message_id,
    customerMessageId: row.customer_id,
    phoneNumber: row.phone,
    channel: row.channel,
    chain: JSON.parse(row.chain) as Hop[],
    simulation: row.simulation === 1,
    acceptedAt: row.accepted_at,
    scheduledAt: row.starts_at === row.accepted_at ? null : row.starts_at,
    sender: row.sender,
    notifies: row.notifies === 1,
    priceCents: row.price,
    body: JSON.parse(row.body),
  };
}

/** Text of the bodies that were stored before each channel's content was: of a send or a reply, plain or as `{text}`. */
const storedText = `COALESCE(${['message', 'text', 'body', 'content']
  .flatMap((name) => [`json_extract(body, '$.${name}.text')`, `json_extract(body, '$.${name}')`])
  .join(', ')})`;

/** True for a channel that carried the text of such a body. */
const carriedText = `(json_type(body, '$.templateId') IS NOT 'text'
   OR (json_extract(hop.value, '$.channel') = 'sms' AND ${storedText} IS NOT NULL))`;

/**
 * Migration that stores what each channel carries, time, sender and price of a message beside its body, and lets several
 * messages have one id, since the platform's dialect has no id of its own. Prices are those charged until then: one for
 * each message.
 */
export const acceptedSchema = `CREATE TABLE accepted (
   n INTEGER PRIMARY KEY, message_id TEXT NOT NULL, customer_id TEXT NOT NULL,
   phone TEXT NOT NULL, channel TEXT NOT NULL, chain TEXT NOT NULL, simulation INTEGER NOT NULL,
   accepted_at INTEGER NOT NULL, starts_at INTEGER NOT NULL, sender TEXT, notifies INTEGER NOT NULL,
   price INTEGER NOT NULL, body TEXT NOT NULL);
 INSERT INTO accepted
   SELECT n, message_id, customer_id, phone, channel,
     (SELECT json_group_array(json_object(
        'channel', json_extract(hop.value, '$.channel'),
        'text', CASE WHEN ${carriedText} THEN ${storedText} END,
        'template', CASE WHEN NOT ${carriedText} THEN json_extract(body, '$.templateId') END,
        'variables', json(CASE WHEN NOT ${carriedText} AND json_type(body, '$.variables') = 'object'
          THEN json_extract(body, '$.variables') ELSE '{}' END),
        'obstacle', json_extract(hop.value, '$.obstacle')))
      FROM json_each(messages.chain) AS hop),
     simulation, accepted_at, accepted_at,
     CASE WHEN json_type(body, '$.senderName') = 'text' THEN json_extract(body, '$.senderName') END,
     CASE WHEN json_type(body, '$.enableNotification') = 'false' THEN 0 ELSE 1 END,
     CASE WHEN simulation = 1 THEN 0 WHEN channel = 'sms' THEN 4 WHEN channel = 'rcs' THEN 6 ELSE 8 END,
     body
   FROM messages;
 DROP TABLE messages;
 ALTER TABLE accepted RENAME TO messages;
 CREATE INDEX messages_id ON messages (message_id);
 CREATE INDEX messages_customer ON messages (customer_id);
 CREATE INDEX messages_phone ON messages (phone, starts_at);
 CREATE INDEX messages_starts ON messages (starts_at, price);`;
