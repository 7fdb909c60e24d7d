import { randomUUID } from 'node:crypto';
import type { WebhookShape } from '../../message/webhook.ts';
import type { Database, Sql } from '../../storage/database.ts';

/** Who is told what happens. An account has one, for all channels. */
export interface Registration {
  id: string;
  url: string;
  shape: WebhookShape;
  /** What happened earlier is not told. Milliseconds since 1970. */
  createdAt: number;
}

/** A registration as it is made. */
export interface Wanted {
  url: string;
  shape: WebhookShape;
  at: number;
  /** The life of a message accepted earlier was over at `at`. */
  alive: number;
}

export interface WebhookState {
  registration(): Registration | undefined;
  /** Takes the place of any other; one that was made for the same URL in the same shape goes on as it is. */
  register(wanted: Wanted): Registration;
  /** Undefined where there is one already. */
  registerFirst(wanted: Wanted): Registration | undefined;
  /** Goes on at another URL. Undefined where there is none. */
  move(url: string): Registration | undefined;
  /** False where there is none. */
  unregister(): boolean;
}

/** What the tables of a database gain for it; `untold` and the numbers seen last are the teller's (telling-state.ts). */
export const webhookSchema = `CREATE TABLE webhook (
   one INTEGER PRIMARY KEY CHECK (one = 1), id TEXT NOT NULL, url TEXT NOT NULL, shape TEXT NOT NULL,
   created_at INTEGER NOT NULL, seen_messages INTEGER NOT NULL, seen_inbound INTEGER NOT NULL);
 CREATE TABLE untold (
   kind TEXT NOT NULL, n INTEGER NOT NULL, told INTEGER NOT NULL, PRIMARY KEY (kind, n)) WITHOUT ROWID;
 CREATE INDEX messages_accepted ON messages (accepted_at);`;

interface Row {
  id: string;
  url: string;
  shape: WebhookShape;
  created_at: number;
}

export function webhookIn({ read, write }: Pick<Database, 'read' | 'write'>): WebhookState {
  return {
    registration: () => registrationIn(read),
    register: (wanted) =>
      write((sql) => {
        const known = registrationIn(sql);
        return known?.url === wanted.url && known.shape === wanted.shape ? known : replace(sql, wanted);
      }),
    registerFirst: (wanted) =>
      write((sql) => (registrationIn(sql) === undefined ? replace(sql, wanted) : undefined)),
    move: (url) =>
      write((sql) => {
        sql.run('UPDATE webhook SET url = ?', url);
        return registrationIn(sql);
      }),
    unregister: () =>
      write((sql) => {
        sql.run('DELETE FROM untold');
        return sql.run('DELETE FROM webhook') > 0;
      }),
  };
}

function registrationIn(sql: Sql): Registration | undefined {
  const row = sql.get<Row>('SELECT id, url, shape, created_at FROM webhook');
  return row && { id: row.id, url: row.url, shape: row.shape, createdAt: row.created_at };
}

function replace(sql: Sql, { url, shape, at, alive }: Wanted): Registration {
  const id = `wh-${randomUUID()}`;
  sql.run('DELETE FROM untold');
  sql.run(
    `INSERT OR REPLACE INTO webhook VALUES (1, ?, ?, ?, ?,
       COALESCE((SELECT n FROM messages WHERE accepted_at < ? ORDER BY accepted_at DESC, n DESC LIMIT 1), 0),
       COALESCE((SELECT MAX(n) FROM inbound), 0))`,
    id,
    url,
    shape,
    at,
    alive,
  );
  return { id, url, shape, createdAt: at };
}
