import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import type { ChannelName } from '../message/channels/channel.ts';
import { type Database, openDatabase, type Schema } from '../storage/database.ts';
import {
  type Accepted,
  type AcceptedRow,
  type AcceptedValues,
  acceptedOf,
  insert,
  toValues,
} from './accepted.ts';
import { destinationSchema, type InboundState, inboundIn } from './inbox/inbound-state.ts';
import { type InboxState, inboxIn, inboxSchema } from './inbox/inbox-state.ts';
import { type TemplateState, templateSchema, templatesIn } from './templates/template-state.ts';
import { type ProgressState, progressIn } from './webhooks/progress-state.ts';
import { type WebhookState, webhookIn, webhookSchema } from './webhooks/webhook-state.ts';

/** The gateway's memory. Nothing is cached: several processes may use one file. */
export interface State extends InboundState {
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
  inbox: InboxState;
  templates: TemplateState;
  webhook: WebhookState;
  telling: ProgressState;
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
    destinationSchema + webhookSchema + inboxSchema,
  ],
};

/**
 * Opens the state kept in the SQLite file `path`, or for `memory` one that is gone when it closes.
 * @throws what the file system or SQLite throws
 */
export async function openState(path: string): Promise<State> {
  if (path !== 'memory') return stateOf(path, await openDatabase(path, schema));
  // A file all the same: one implementation, and one behaviour, for both.
  const folder = mkdtempSync(join(tmpdir(), 'qlara-sandbox-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const file = join(folder, 'state.db');
  const state = stateOf(file, await openDatabase(file, schema));
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

function stateOf(path: string, { read, write, close }: Database): State {
  const commit = together((messages: AcceptedValues[]) =>
    write((sql) => {
      for (const values of messages) insert(sql, values);
    }),
  );
  return {
    // Made into text before it joins the others, so that what cannot be is this message's trouble alone.
    accept: async (message) => commit(toValues(message)),
    find(id) {
      const row = read.get<AcceptedRow>(
        'SELECT * FROM messages WHERE customer_id = ? OR message_id = ? ORDER BY n LIMIT 1',
        id,
        id,
      );
      return row && acceptedOf(row);
    },
    all: () => read.all<AcceptedRow>('SELECT * FROM messages ORDER BY n').map(acceptedOf),
    charged: () =>
      read.all('SELECT channel, COUNT(*) AS count FROM messages WHERE simulation = 0 GROUP BY channel'),
    isFirstTry: (key) =>
      write((sql) => {
        const isFirst = sql.get('SELECT 1 FROM tries WHERE key = ?', key) === undefined;
        sql.run(isFirst ? 'INSERT INTO tries VALUES (?)' : 'DELETE FROM tries WHERE key = ?', key);
        return isFirst;
      }),
    ...inboundIn({ read, write }),
    inbox: inboxIn({ read, write }),
    templates: templatesIn({ read, write }),
    webhook: webhookIn({ read, write }),
    telling: progressIn(path, { read, write }),
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
