import { randomUUID } from 'node:crypto';
import type { TemplateChannel } from '../../message/channels/channel.ts';
import type { Database } from '../../storage/database.ts';
import type { RequestBody } from '../fields.ts';

/** A template created by a client, as last submitted. Its review status follows from this and the clock. */
export interface SubmittedTemplate {
  id: string;
  channel: TemplateChannel;
  body: RequestBody;
  submittedAt: number;
}

/** Storage of the templates created by clients. */
export interface TemplateState {
  submit(channel: TemplateChannel, body: RequestBody, at: number): SubmittedTemplate;
  /** Replaces the body of a template; false if there is none with this id. */
  change(id: string, body: RequestBody, at: number): boolean;
  remove(id: string): boolean;
  find(id: string): SubmittedTemplate | undefined;
  /** Lists templates in the order they were created. */
  list(channel: TemplateChannel, skip: number, limit: number): SubmittedTemplate[];
}

/** Migration that adds templates. */
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

export function openTemplateState({ read, write }: Pick<Database, 'read' | 'write'>): TemplateState {
  const find = (id: string) => {
    const row = read.get<Row>('SELECT * FROM templates WHERE id = ?', id);
    return row && decodeTemplate(row);
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
    list: (channel, skip, limit) =>
      read
        .all<Row>(
          'SELECT * FROM templates WHERE channel = ? ORDER BY n LIMIT ? OFFSET ?',
          channel,
          limit,
          skip,
        )
        .map(decodeTemplate),
  };
}

function decodeTemplate({ id, channel, body, submitted_at }: Row): SubmittedTemplate {
  return { id, channel, body: JSON.parse(body) as RequestBody, submittedAt: submitted_at };
}
