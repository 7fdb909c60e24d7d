import { randomUUID } from 'node:crypto';
import type { Database, SyncSql } from '../../storage/database.ts';

/** A registered webhook. An account has one, for all channels. */
export interface Registration {
  id: string;
  url: string;
  shape: string;
  /** Time of registration in milliseconds since 1970. Earlier events are not sent. */
  createdAt: number;
}

/** A registration to be made. */
export interface NewRegistration {
  url: string;
  shape: string;
  at: number;
  /** Earliest time at which a message may have been sent whose timeline is not over at `at`. */
  alive: number;
}

export interface WebhookState {
  registration(): Registration | undefined;
  /** Replaces any registration; keeps one for the same URL and shape as it is. */
  register(registration: NewRegistration): Registration;
  /** Registers unless there is a registration already; undefined then. */
  registerFirst(registration: NewRegistration): Registration | undefined;
  /** Changes the URL of the registration; undefined if there is none. */
  move(url: string): Registration | undefined;
  /** Removes the registration; false if there is none. */
  unregister(): boolean;
}

/** Migration that adds webhooks; `untold` and the last seen numbers belong to `ProgressState`. */
export const webhookSchema = `CREATE TABLE webhook (
   one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, url TEXT NOT NULL, shape TEXT NOT NULL,
   created_at INTEGER NOT NULL, seen_messages INTEGER NOT NULL, seen_inbound INTEGER NOT NULL);
 CREATE TABLE untold (
   kind TEXT NOT NULL, n INTEGER NOT NULL, told INTEGER NOT NULL, PRIMARY KEY (kind, n)) WITHOUT ROWID;
 CREATE INDEX messages_accepted ON messages (accepted_at);`;

interface Row {
  id: string;
  url: string;
  shape: string;
  created_at: number;
}

export function openWebhookState({ read, write }: Pick<Database, 'read' | 'write'>): WebhookState {
  return {
    registration: () => readRegistration(read),
    register: (registration) =>
      write((sql) => {
        const existing = readRegistration(sql);
        return existing?.url === registration.url && existing.shape === registration.shape
          ? existing
          : replace(sql, registration);
      }),
    registerFirst: (registration) =>
      write((sql) => (readRegistration(sql) === undefined ? replace(sql, registration) : undefined)),
    move: (url) =>
      write((sql) => {
        sql.run('UPDATE webhook SET url = ?', url);
        return readRegistration(sql);
      }),
    unregister: () =>
      write((sql) => {
        sql.run('DELETE FROM untold');
        return sql.run('DELETE FROM webhook') > 0;
      }),
  };
}

function readRegistration(sql: SyncSql): Registration | undefined {
  const row = sql.get<Row>('SELECT id, url, shape, created_at FROM webhook');
  return row && { id: row.id, url: row.url, shape: row.shape, createdAt: row.created_at };
}

function replace(sql: SyncSql, { url, shape, at, alive }: NewRegistration): Registration {
  const id = `wh-${randomUUID()}`;
  sql.run('DELETE FROM untold');
  sql.run(
    `INSERT OR REPLACE INTO webhook VALUES (1, ?, ?, ?, ?,
       COALESCE((SELECT MIN(n) - 1 FROM messages WHERE starts_at >= ?), (SELECT MAX(n) FROM messages), 0),
       COALESCE((SELECT MAX(n) FROM inbound), 0))`,
    id,
    url,
    shape,
    at,
    alive,
  );
  return { id, url, shape, createdAt: at };
}
