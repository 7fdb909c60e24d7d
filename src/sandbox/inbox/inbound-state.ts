import type { ChannelName } from '../../message/channels/channel.ts';
import type { Database } from '../../storage/database.ts';

/** The number people write to where nobody names another: of the range that the vendor's samples are from. */
export const ownNumber = '+393900000000';

/** What somebody wrote. */
export interface SandboxInbound {
  messageId: string;
  from: string;
  /** The number it was written to. */
  destination: string;
  channel: ChannelName;
  text: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** As the table has it. */
export interface InboundRow {
  n: number;
  message_id: string;
  phone: string;
  channel: ChannelName;
  text: string;
  at: number;
  /** Null in rows from before it was kept. */
  destination: string | null;
}

/** What people wrote. */
export interface InboundState {
  receive(inbound: SandboxInbound): void;
  /** When this number last wrote on this channel. */
  lastInbound(from: string, channel: ChannelName): number | undefined;
}

/** What the tables of a database gain for it. */
export const destinationSchema = 'ALTER TABLE inbound ADD COLUMN destination TEXT;';

export function inboundIn({ read, write }: Pick<Database, 'read' | 'write'>): InboundState {
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

export function inboundOf(row: InboundRow): SandboxInbound {
  const { message_id, phone, destination, channel, text, at } = row;
  return { messageId: message_id, from: phone, destination: destination ?? ownNumber, channel, text, at };
}
