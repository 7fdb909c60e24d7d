import type { ChannelName } from '../../message/channels/channel.ts';
import type { Database, SyncSql } from '../../storage/database.ts';
import { type Accepted, type AcceptedRow, decodeAccepted } from '../accepted.ts';
import { decodeInbound, type InboundRow, type SandboxInbound } from './inbound-state.ts';

/** A conversation: the messages of one number on one channel, summarized. */
export interface SandboxChat {
  channel: ChannelName;
  phone: string;
  /** Number of unread inbound messages. */
  unread: number;
  /** Text of the latest inbound message. */
  text: string;
  /** Time of the latest inbound message, in milliseconds since 1970. */
  at: number;
  /** True if the conversation is archived; a later inbound message restores it. */
  isArchived: boolean;
}

/** A stored message with its number, in the order in which they were stored. */
export type Numbered<Message> = Message & { n: number };

/** Key of a conversation. */
export type ChatKey = Pick<SandboxChat, 'channel' | 'phone'>;

export interface InboxState {
  chats(): SandboxChat[];
  chat(party: ChatKey): SandboxChat | undefined;
  /** Returns the inbound messages, the oldest first. */
  listReceived(party: ChatKey): Numbered<SandboxInbound>[];
  /** Returns the messages accepted for a number, the last to be sent first. */
  listSentTo(phone: string, skip: number, limit: number): Numbered<Accepted>[];
  /** Marks all messages as read. */
  markRead(party: ChatKey): void;
  archive(party: ChatKey, isArchived: boolean): void;
}

/** Migration that adds conversations: the number of the last message that is read, and of the last that is archived. */
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

// With MAX, SQLite takes the other columns from the row that has the maximum (sqlite.org/lang_select.html, 2.5).
const chatsSql = `SELECT inbound.channel, inbound.phone, text, at, MAX(n) AS n, archived_n,
   SUM(n > COALESCE(read_n, 0)) AS unread
 FROM inbound LEFT JOIN chats ON chats.phone = inbound.phone AND chats.channel = inbound.channel`;

export function openInboxState({ read, write }: Pick<Database, 'read' | 'write'>): InboxState {
  return {
    chats: () => read.all<Row>(`${chatsSql} GROUP BY inbound.phone, inbound.channel`).map(decodeChat),
    chat({ channel, phone }) {
      const where = 'WHERE inbound.phone = ? AND inbound.channel = ?';
      const row = read.get<Row>(`${chatsSql} ${where} GROUP BY inbound.phone`, phone, channel);
      return row && decodeChat(row);
    },
    listReceived: ({ channel, phone }) =>
      read
        .all<InboundRow>('SELECT * FROM inbound WHERE phone = ? AND channel = ? ORDER BY n', phone, channel)
        .map((row) => ({ ...decodeInbound(row), n: row.n })),
    listSentTo: (phone, skip, limit) =>
      read
        .all<AcceptedRow>(
          'SELECT * FROM messages WHERE phone = ? ORDER BY starts_at DESC, n DESC LIMIT ? OFFSET ?',
          phone,
          limit,
          skip,
        )
        .map((row) => ({ ...decodeAccepted(row), n: row.n })),
    markRead: (party) => write((sql) => saveChat(sql, 'read_n', party, findLastNumber(sql, party))),
    archive: (party, isArchived) =>
      write((sql) => saveChat(sql, 'archived_n', party, isArchived ? findLastNumber(sql, party) : 0)),
  };
}

function findLastNumber(sql: SyncSql, { channel, phone }: ChatKey): number {
  const where = 'WHERE phone = ? AND channel = ?';
  return sql.get<{ n: number | null }>(`SELECT MAX(n) AS n FROM inbound ${where}`, phone, channel)?.n ?? 0;
}

function saveChat(sql: SyncSql, name: 'read_n' | 'archived_n', { channel, phone }: ChatKey, n: number): void {
  sql.run(
    `INSERT INTO chats (channel, phone, ${name}) VALUES (?, ?, ?)
     ON CONFLICT (phone, channel) DO UPDATE SET ${name} = excluded.${name}`,
    channel,
    phone,
    n,
  );
}

function decodeChat({ channel, phone, unread, text, at, n, archived_n }: Row): SandboxChat {
  return { channel, phone, unread, text, at, isArchived: n <= (archived_n ?? 0) };
}
