import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { ChannelName } from '../message/channel.ts';
import { type Database, openDatabase, type Schema, type Sql } from '../storage/database.ts';
import type { Hop } from './life.ts';
import { type TemplateState, templateSchema, templatesIn } from './template-state.ts';

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

interface Inbound {
  messageId: string;
  from: string;
  channel: ChannelName;
  text: string;
  at: number;
}

/** The gateway's memory. Nothing is cached: several processes may use one file. */
export interface State {
  /** Never de-duplicates: a doubled send is to be seen. Resolves once other processes see it. */
  accept(message: Accepted): Promise<void>;
  /** The first message accepted under this id, the caller's or the gateway's. */
  find(id: string): Accepted | undefined;
  /** In the order they were accepted. */
  all(): Accepted[];
  /** How many messages that cost something were handed in on each channel. */
  charged(): { channel: ChannelName; count: number }[];
  /** True the first time for `key`; false the next, which also forgets the key. */
  isFirstTry(key: string): boolean;
  receive(inbound: Inbound): void;
  /** When this number last wrote on this channel. */
  lastInbound(from: string, channel: ChannelName): number | undefined;
  templates: TemplateState;
  close(): void;
}

const schema: Schema = {
  durability: 'off',
  steps: [
    `CREATE TABLE messages (
       n INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, customer_id TEXT NOT NULL,
       phone TEXT NOT NULL, channel TEXT NOT NULL, chain TEXT NOT NULL, simulation INTEGER NOT NULL,
       accepted_at INTEGER NOT NULL, body TEXT NOT NULL);
     CREATE INDEX messages_customer ON messages (customer_id);
     CREATE INDEX messages_charged ON messages (simulation, channel);
     CREATE TABLE tries (key TEXT PRIMARY KEY) WITHOUT ROWID;
     CREATE TABLE inbound (
       n INTEGER PRIMARY KEY, message_id TEXT NOT NULL UNIQUE, phone TEXT NOT NULL, channel TEXT NOT NULL,
       text TEXT NOT NULL, at INTEGER NOT NULL);
     CREATE INDEX inbound_last ON inbound (phone, channel, at);`,
    templateSchema,
  ],
};

interface Row {
  message_id: string;
  customer_id: string;
  phone: string;
  channel: ChannelName;
  chain: string;
  simulation: number;
  accepted_at: number;
  body: string;
}

/**
 * Opens the state kept in the SQLite file `path`, or for `memory` one that is gone when it closes.
 * @throws what the file system or SQLite throws
 */
export async function openState(path: string): Promise<State> {
  if (path !== 'memory') return stateOf(await openDatabase(path, schema));
  // A file all the same: one implementation, and one behaviour, for both.
  const folder = mkdtempSync(join(tmpdir(), 'qlara-sandbox-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const state = stateOf(await openDatabase(join(folder, 'state.db'), schema));
  process.once('exit', remove);
  return {
    ...state,
    close() {
      state.close();
      remove();
      process.off('exit', remove);
    },
  };
}

function stateOf({ read, write, close }: Database): State {
  const commit = together((messages: Values[]) =>
    write((sql) => {
      for (const values of messages) insert(sql, values);
    }),
  );
  return {
    // Made into text before it joins the others, so that what cannot be is this message's trouble alone.
    accept: async (message) => commit(valuesOf(message)),
    find(id) {
      const row = read.get<Row>(
        'SELECT * FROM messages WHERE customer_id = ? OR message_id = ? ORDER BY n LIMIT 1',
        id,
        id,
      );
      return row && acceptedOf(row);
    },
    all: () => read.all<Row>('SELECT * FROM messages ORDER BY n').map(acceptedOf),
    charged: () =>
      read.all('SELECT channel, COUNT(*) AS count FROM messages WHERE simulation = 0 GROUP BY channel'),
    isFirstTry: (key) =>
      write((sql) => {
        const isFirst = sql.get('SELECT 1 FROM tries WHERE key = ?', key) === undefined;
        sql.run(isFirst ? 'INSERT INTO tries VALUES (?)' : 'DELETE FROM tries WHERE key = ?', key);
        return isFirst;
      }),
    receive: ({ messageId, from, channel, text, at }) =>
      write((sql) =>
        sql.run(
          'INSERT INTO inbound (message_id, phone, channel, text, at) VALUES (?, ?, ?, ?, ?)',
          messageId,
          from,
          channel,
          text,
          at,
        ),
      ),
    lastInbound: (from, channel) =>
      read.get<{ at: number }>(
        'SELECT at FROM inbound WHERE phone = ? AND channel = ? ORDER BY at DESC LIMIT 1',
        from,
        channel,
      )?.at,
    templates: templatesIn({ read, write }),
    close,
  };
}

/** One commit for all that comes in during a turn of the event loop: alone, each would wait for its own. */
function together<Item>(work: (items: Item[]) => void): (item: Item) => Promise<void> {
  let turn: { items: Item[]; done: Promise<void> } | undefined;
  return (item) => {
    if (turn === undefined) {
      const items: Item[] = [];
      const done = setImmediate().then(() => {
        turn = undefined;
        work(items);
      });
      turn = { items, done };
    }
    turn.items.push(item);
    return turn.done;
  };
}

type Values = ReturnType<typeof valuesOf>;

function valuesOf(message: Accepted) {
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

function insert(sql: Sql, values: Values): void {
  sql.run(
    `INSERT INTO messages (message_id, customer_id, phone, channel, chain, simulation, accepted_at, body)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ...values,
  );
}

function acceptedOf(row: Row): Accepted {
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
