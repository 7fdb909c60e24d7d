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
  decodeAccepted,
  insertAccepted,
  toValues,
} from './accepted.ts';
import { destinationSchema, type InboundState, openInboundState } from './inbox/inbound-state.ts';
import { type InboxState, inboxSchema, openInboxState } from './inbox/inbox-state.ts';
import { openTemplateState, type TemplateState, templateSchema } from './templates/template-state.ts';
import { openProgressState, type ProgressState } from './webhooks/progress-state.ts';
import { openWebhookState, type WebhookState, webhookSchema } from './webhooks/webhook-state.ts';

/** State of the gateway. Nothing is cached, since several processes may use one file. */
export interface SandboxState extends InboundState {
  /** Stores a message, never de-duplicated: a duplicate send must be visible. Resolves once other processes see it. */
  accept(message: Accepted): Promise<void>;
  /** Returns the first message accepted under this id, the client's or the gateway's. */
  find(id: string): Accepted | undefined;
  /** Returns all messages in the order they were accepted. */
  all(): Accepted[];
  /** Counts the messages that were not simulated, by channel. */
  countCharged(): { channel: ChannelName; count: number }[];
  /** Returns true the first time for `key`, and false the next time, which also forgets the key. */
  isFirstTry(key: string): boolean;
  inbox: InboxState;
  templates: TemplateState;
  webhook: WebhookState;
  progress: ProgressState;
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
 * Opens the state in the SQLite file `path`; for `memory`, in a temporary file that is deleted on close.
 * @throws errors of the file system or of SQLite
 */
export async function openState(path: string): Promise<SandboxState> {
  if (path !== 'memory') return createState(path, await openDatabase(path, schema));
  // A file all the same: one implementation and one behavior for both.
  const folder = mkdtempSync(join(tmpdir(), 'qlara-sandbox-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const file = join(folder, 'state.db');
  const state = createState(file, await openDatabase(file, schema));
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

function createState(path: string, { read, write, close }: Database): SandboxState {
  const commit = batchPerTurn((messages: AcceptedValues[]) =>
    write((sql) => {
      for (const values of messages) insertAccepted(sql, values);
    }),
  );
  return {
    // Encode before batching, so that a message that cannot be encoded does not fail the others.
    accept: async (message) => commit(toValues(message)),
    find(id) {
      const row = read.get<AcceptedRow>(
        'SELECT * FROM messages WHERE customer_id = ? OR message_id = ? ORDER BY n LIMIT 1',
        id,
        id,
      );
      return row && decodeAccepted(row);
    },
    all: () => read.all<AcceptedRow>('SELECT * FROM messages ORDER BY n').map(decodeAccepted),
    countCharged: () =>
      read.all('SELECT channel, COUNT(*) AS count FROM messages WHERE simulation = 0 GROUP BY channel'),
    isFirstTry: (key) =>
      write((sql) => {
        const isFirst = sql.get('SELECT 1 FROM tries WHERE key = ?', key) === undefined;
        sql.run(isFirst ? 'INSERT INTO tries VALUES (?)' : 'DELETE FROM tries WHERE key = ?', key);
        return isFirst;
      }),
    ...openInboundState({ read, write }),
    inbox: openInboxState({ read, write }),
    templates: openTemplateState({ read, write }),
    webhook: openWebhookState({ read, write }),
    progress: openProgressState(path, { read, write }),
    close,
  };
}

/** Batches all items of one turn of the event loop into one call, and so into one commit. */
function batchPerTurn<Item>(work: (items: Item[]) => void): (item: Item) => Promise<void> {
  let batch: { items: Item[]; done: Promise<void> } | undefined;
  return (item) => {
    if (batch === undefined) {
      const items: Item[] = [];
      const done = setImmediate().then(() => {
        batch = undefined;
        work(items);
      });
      batch = { items, done };
    }
    batch.items.push(item);
    return batch.done;
  };
}
