import type { ChannelName } from '../../message/channels/channel.ts';
import type { Database } from '../../storage/database.ts';

/** Default number that inbound messages are addressed to, from the range of the vendor's samples. */
export const ownNumber = '+393900000000';

/** An inbound message. */
export interface SandboxInbound {
  messageId: string;
  from: string;
  /** Number that the message was sent to. */
  destination: string;
  channel: ChannelName;
  text: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** Row of the `inbound` table. */
export interface InboundRow {
  n: number;
  message_id: string;
  phone: string;
  channel: ChannelName;
  text: string;
  at: number;
  /** Null in rows that were stored before this column existed. */
  destination: string | null;
}

/** Storage of inbound messages. */
export interface InboundState {
  receive(inbound: SandboxInbound): void;
  /** Returns when this number last wrote on this channel, in milliseconds since 1970. */
  lastInbound(from: string, channel: ChannelName): number | undefined;
}

/** Migration that adds the destination. */
export const destinationSchema = 'ALTER TABLE inbound ADD COLUMN destination TEXT;';

export function openInboundState({ read, write }: Pick<Database, 'read' | 'write'>): InboundState {
  return {
    receive: ({ messageId, from, destination, channel, text, at }) =>
      write((sql) =>
        sql.run(
          'INSERT INTO inbound (message_id, phone, channel, text, at, destination) VALUES (?, ?, ?, ?, ?, ?)',
          messageId,
          from,
          channel,
          text,
          at,
          destination,
        ),
      ),
    lastInbound: (from, channel) =>
      read.get<{ at: number }>(
        'SELECT at FROM inbound WHERE phone = ? AND channel = ? ORDER BY at DESC LIMIT 1',
        from,
        channel,
      )?.at,
  };
}

export function decodeInbound(row: InboundRow): SandboxInbound {
  const { message_id, phone, destination, channel, text, at } = row;
  return { messageId: message_id, from: phone, destination: destination ?? ownNumber, channel, text, at };
}
