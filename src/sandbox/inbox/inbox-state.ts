import type { ChannelName } from '../../message/channels/channel.ts';
import type { Database, Sql } from '../../storage/database.ts';
import { type Accepted, type AcceptedRow, acceptedOf } from '../accepted.ts';
import { type InboundRow, inboundOf, type SandboxInbound } from './inbound-state.ts';

/** A conversation: what one number has written on one channel, in short. */
export interface SandboxChat {
  channel: ChannelName;
  phone: string;
  /** Messages of theirs that nobody has read. */
  unread: number;
  /** What they wrote last. */
  text: string;
  /** When they did, in milliseconds since 1970. */
  at: number;
  /** Put aside; writing again brings it back. */
  isArchived: boolean;
}

/** Whose conversation. */
export type Party = Pick<SandboxChat, 'channel' | 'phone'>;

export interface InboxState {
  chats(): SandboxChat[];
  chat(party: Party): SandboxChat | undefined;
  /** What they wrote, the oldest first. */
  written(party: Party): SandboxInbound[];
  /** What the gateway accepted for a number, the newest first. */
  sentTo(phone: string, skip: number, most: number): Accepted[];
  /** All there is counts as read. */
  markRead(party: Party): void;
  archive(party: Party, isArchived: boolean): void;
}

/** What the tables of a database gain for it: up to which of their messages one is read, and put aside. */
export const inboxSchema = `CREATE TABLE chats (
   channel TEXT NOT NULL, phone TEXT NOT NULL, read_n INTEGER NOT NULL DEFAULT 0,
   archived_n INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (phone, channel)) WITHOUT ROWID;
 CREATE INDEX messages_phone ON messages (phone);`;

interface Row {
  channel: ChannelName;
  phone: string;
  unread: number;
  text: string;
  at: number;
  n: number;
  archived_n: number | null;
}

// Beside MAX, SQLite takes the other columns from the row that has it (sqlite.org/lang_select.html, 2.5).
const chats = `SELECT inbound.channel, inbound.phone, text, at, MAX(n) AS n, archived_n,
   SUM(n > COALESCE(read_n, 0)) AS unread
 FROM inbound LEFT JOIN chats ON chats.phone = inbound.phone AND chats.channel = inbound.channel`;

export function inboxIn({ read, write }: Pick<Database, 'read' | 'write'>): InboxState {
  return {
    chats: () => read.all<Row>(`${chats} GROUP BY inbound.phone, inbound.channel`).map(chatOf),
    chat({ channel, phone }) {
      const where = 'WHERE inbound.phone = ? AND inbound.channel = ?';
      const row = read.get<Row>(`${chats} ${where} GROUP BY inbound.phone`, phone, channel);
      return row && chatOf(row);
    },
    written: ({ channel, phone }) =>
      read
        .all<InboundRow>('SELECT * FROM inbound WHERE phone = ? AND channel = ? ORDER BY n', phone, channel)
        .map(inboundOf),
    sentTo: (phone, skip, most) =>
      read
        .all<AcceptedRow>(
          'SELECT * FROM messages WHERE phone = ? ORDER BY n DESC LIMIT ? OFFSET ?',
          phone,
          most,
          skip,
        )
        .map(acceptedOf),
    markRead: (party) => write((sql) => put(sql, 'read_n', party, lastOf(sql, party))),
    archive: (party, isArchived) =>
      write((sql) => put(sql, 'archived_n', party, isArchived ? lastOf(sql, party) : 0)),
  };
}

function lastOf(sql: Sql, { channel, phone }: Party): number {
  const where = 'WHERE phone = ? AND channel = ?';
  return sql.get<{ n: number | null }>(`SELECT MAX(n) AS n FROM inbound ${where}`, phone, channel)?.n ?? 0;
}

function put(sql: Sql, name: 'read_n' | 'archived_n', { channel, phone }: Party, n: number): void {
  sql.run(
    `INSERT INTO chats (channel, phone, ${name}) VALUES (?, ?, ?)
     ON CONFLICT (phone, channel) DO UPDATE SET ${name} = excluded.${name}`,
    channel,
    phone,
    n,
  );
}

function chatOf({ channel, phone, unread, text, at, n, archived_n }: Row): SandboxChat {
  return { channel, phone, unread, text, at, isArchived: n <= (archived_n ?? 0) };
}
