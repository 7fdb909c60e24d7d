import type { ChannelName } from '../message/channels/channel.ts';
import type { Sql } from '../storage/database.ts';
import type { Hop } from './timeline.ts';

/** A message the gateway took, and all that was decided then. What became of it follows from this. */
export interface Accepted {
  messageId: string;
  customerMessageId: string;
  phoneNumber: string;
  /** The channel it was handed in on. */
  channel: ChannelName;
  chain: readonly Hop[];
  simulation: boolean;
  acceptedAt: number;
  /** As the caller sent it. */
  body: unknown;
}

/** As the table has it. */
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

/** @throws what JSON throws for a body that is too deep */
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

export function insert(sql: Sql, values: AcceptedValues): void {
  sql.run(
    `INSERT INTO messages (message_id, customer_id, phone, channel, chain, simulation, accepted_at, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ...values,
  );
}

export function acceptedOf(row: AcceptedRow): Accepted {
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
