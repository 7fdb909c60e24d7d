import type { ChannelName } from '../message/channels/channel.ts';
import type { Sql } from '../storage/database.ts';
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
  body: string;
}

export type AcceptedValues = ReturnType<typeof toValues>;

/** Encodes a message as column values. @throws RangeError from `JSON.stringify` for a body nested too deeply */
export function toValues(message: Accepted) {
  return [
    message.messageId,
    message.customerMessageId,
    message.phoneNumber,
    message.channel,
    JSON.stringify(message.chain),
    message.simulation ? 1 : 0,
    message.acceptedAt,
    JSON.stringify(message.body),
  ] as const;
}

export function insertAccepted(sql: Sql, values: AcceptedValues): void {
  sql.run(
    `INSERT INTO messages (message_id, customer_id, phone, channel, chain, simulation, accepted_at, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
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
    body: JSON.parse(row.body),
  };
}
