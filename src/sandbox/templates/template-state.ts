import { randomUUID } from 'node:crypto';
import type { TemplateChannel } from '../../message/channels/channel.ts';
import type { Database } from '../../storage/database.ts';
import type { RequestBody } from '../fields.ts';

/** A template that a caller made, as it was last written. Whether it is approved follows from this and the clock. */
export interface Submitted {
  id: string;
  channel: TemplateChannel;
  body: RequestBody;
  submittedAt: number;
}

/** The templates that callers made. */
export interface TemplateState {
  submit(channel: TemplateChannel, body: RequestBody, at: number): Submitted;
  /** False when there is none of this id. */
  change(id: string, body: RequestBody, at: number): boolean;
  remove(id: string): boolean;
  find(id: string): Submitted | undefined;
  /** In the order in which they were made, from the first after `skip`. */
  list(channel: TemplateChannel, skip: number, most: number): Submitted[];
}

/** What the tables of a database gain for it. */
export const templateSchema = `CREATE TABLE templates (
   n INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, channel TEXT NOT NULL, body TEXT NOT NULL,
   submitted_at INTEGER NOT NULL);
 CREATE INDEX templates_channel ON templates (channel, n);`;

interface Row {
  id: string;
  channel: TemplateChannel;
  body: string;
  submitted_at: number;
}

export function templatesIn({ read, write }: Pick<Database, 'read' | 'write'>): TemplateState {
  const find = (id: string) => {
    const row = read.get<Row>('SELECT * FROM templates WHERE id = ?', id);
    return row && submittedOf(row);
  };
  return {
    submit(channel, body, submittedAt) {
      const id = `template_${randomUUID().slice(0, 8)}`;
      write((sql) =>
        sql.run(
          'INSERT INTO templates (id, channel, body, submitted_at) VALUES (?, ?, ?, ?)',
          id,
          channel,
          JSON.stringify(body),
          submittedAt,
        ),
      );
      return { id, channel, body, submittedAt };
    },
    change: (id, body, at) =>
      write((sql) => {
        const known = sql.get('SELECT 1 FROM templates WHERE id = ?', id) !== undefined;
        sql.run('UPDATE templates SET body = ?, submitted_at = ? WHERE id = ?', JSON.stringify(body), at, id);
        return known;
      }),
    remove: (id) =>
      write((sql) => {
        const known = sql.get('SELECT 1 FROM templates WHERE id = ?', id) !== undefined;
        sql.run('DELETE FROM templates WHERE id = ?', id);
        return known;
      }),
    find,
    list: (channel, skip, most) =>
      read
        .all<Row>(
          'SELECT * FROM templates WHERE channel = ? ORDER BY n LIMIT ? OFFSET ?',
          channel,
          most,
          skip,
        )
        .map(submittedOf),
  };
}

function submittedOf({ id, channel, body, submitted_at }: Row): Submitted {
  return { id, channel, body: JSON.parse(body) as RequestBody, submittedAt: submitted_at };
}
