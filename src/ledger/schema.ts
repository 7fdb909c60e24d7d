import type { Schema } from '../storage/database.ts';

/**
 * `events` is what happened, only ever appended to. `messages` holds the fold of them (`state`), so that a
 * message is found and listed without reading its history again; both change in one transaction.
 */
export const schema: Schema = {
  durability: 'full',
  steps: [
    `CREATE TABLE messages (
       seq        INTEGER PRIMARY KEY,
       id         TEXT NOT NULL UNIQUE,
       gateway_id TEXT,
       bulk       TEXT,
       channel    TEXT NOT NULL,
       status     TEXT NOT NULL,
       final      INTEGER NOT NULL,
       created_at INTEGER NOT NULL,
       state      TEXT NOT NULL
     );
     CREATE INDEX messages_gateway_id ON messages (gateway_id) WHERE gateway_id IS NOT NULL;
     CREATE INDEX messages_bulk ON messages (bulk) WHERE bulk IS NOT NULL;
     CREATE INDEX messages_open ON messages (seq) WHERE final = 0;
     CREATE TABLE events (
       seq     INTEGER PRIMARY KEY,
       message INTEGER NOT NULL,
       body    TEXT NOT NULL
     );
     CREATE INDEX events_message ON events (message);`,
  ],
};
