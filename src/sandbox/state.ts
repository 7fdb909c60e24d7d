import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { type Database, openDatabase, type Schema, type SyncSql } from '../storage/database.ts';
import {
  type Accepted,
  type AcceptedRow,
  acceptedSchema,
  decodeAccepted,
  type EncodedMessage,
  encodeAccepted,
  insertAccepted,
} from './accepted.ts';
import { type AccountState, accountSchema, openAccountState, readAvailable, spend } from './account-state.ts';
import { destinationSchema, type InboundState, openInboundState } from './inbox/inbound-state.ts';
import { type InboxState, inboxSchema, openInboxState } from './inbox/inbox-state.ts';
import { openTemplateState, type TemplateState, templateSchema } from './templates/template-state.ts';
import { openProgressState, type ProgressState } from './webhooks/progress-state.ts';
import { openWebhookState, type WebhookState, webhookSchema } from './webhooks/webhook-state.ts';

/** State of the gateway. Nothing is cached, since several processes may use one file. */
export interface SandboxState extends InboundState {
  /**
   * Stores and charges a message, never de-duplicated: a duplicate send must be visible. Resolves once other processes
   * see it; to false, without storing it, if the balance does not cover its price.
   */
  accept(message: Accepted): Promise<boolean>;
  /** Returns the first message accepted under this id, the client's or the gateway's. */
  find(id: string): Accepted | undefined;
  /** Returns all messages in the order they were accepted. */
  all(): Accepted[];
  /** Yields the messages whose timeline begins from `from` to `to`, in that order. */
  listStarted(from: number, to: number): Generator<Accepted>;
  /** Returns true the first time for `key`, and false the next time, which also forgets the key. */
  isFirstTry(key: string): boolean;
  account: AccountState;
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
    acceptedSchema + accountSchema,
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
  const commit = batchPerTurn((messages: readonly EncodedMessage[]) =>
    write((sql) => insertCovered(sql, messages)),
  );
  return {
    // Encode before batching, so that a message that cannot be encoded does not fail the others.
    accept: async (message) => commit(encodeAccepted(message)),
    find(id) {
      const row = read.get<AcceptedRow>(
        'SELECT * FROM messages WHERE customer_id = ? OR message_id = ? ORDER BY n LIMIT 1',
        id,
        id,
      );
      return row && decodeAccepted(row);
    },
    all: () => read.all<AcceptedRow>('SELECT * FROM messages ORDER BY n').map(decodeAccepted),
    *listStarted(from, to) {
      let after = { starts_at: from, n: 0 };
      for (;;) {
        const rows = read.all<AcceptedRow>(
          `SELECT * FROM messages WHERE (starts_at, n) > (?, ?) AND starts_at <= ? ORDER BY starts_at, n
           LIMIT ${rowsPerRead}`,
          after.starts_at,
          after.n,
          to,
        );
        yield* rows.map(decodeAccepted);
        const last = rows.at(-1);
        if (last === undefined || rows.length < rowsPerRead) return;
        after = last;
      }
    },
    isFirstTry: (key) =>
      write((sql) => {
        const isFirst = sql.get('SELECT 1 FROM tries WHERE key = ?', key) === undefined;
        sql.run(isFirst ? 'INSERT INTO tries VALUES (?)' : 'DELETE FROM tries WHERE key = ?', key);
        return isFirst;
      }),
    ...openInboundState({ read, write }),
    account: openAccountState({ read, write }),
    inbox: openInboxState({ read, write }),
    templates: openTemplateState({ read, write }),
    webhook: openWebhookState({ read, write }),
    progress: openProgressState(path, { read, write }),
    close,
  };
}

/** Messages read at a time, to bound memory. */
const rowsPerRead = 500;

/** Inserts and charges the messages that the balance covers, in order; returns which were inserted. */
function insertCovered(sql: SyncSql, messages: readonly EncodedMessage[]): boolean[] {
  const available = readAvailable(sql);
  let spent = 0;
  const inserted = messages.map((message) => {
    // A message without a price is accepted at any balance.
    if (message.priceCents > Math.max(0, available - spent)) return false;
    spent += message.priceCents;
    insertAccepted(sql, message);
    return true;
  });
  if (spent > 0) spend(sql, spent);
  return inserted;
}

/** Batches all items of one turn of the event loop into one call, and so into one commit. */
function batchPerTurn<Item, Result>(
  work: (items: readonly Item[]) => readonly Result[],
): (item: Item) => Promise<Result> {
  let batch: { items: Item[]; done: Promise<readonly Result[]> } | undefined;
  return async (item) => {
    if (batch === undefined) {
      const items: Item[] = [];
      const done = setImmediate().then(() => {
        batch = undefined;
        return work(items);
      });
      batch = { items, done };
    }
    const index = batch.items.push(item) - 1;
    const results = await batch.done;
    return results[index] as Result;
  };
}
