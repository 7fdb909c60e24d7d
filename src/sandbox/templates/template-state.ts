import { randomUUID } from 'node:crypto';
import type { TemplateChannel } from '../../message/channels/channel.ts';
import type { Database } from '../../storage/database.ts';
import { takeTemplateId } from '../account-state.ts';
import type { RequestBody } from '../fields.ts';

/** Form of the ids of templates. */
export type TemplateIdForm = 'numbers' | 'texts';

/** A template created by a client, as last submitted. Its review status follows from this and the clock. */
export interface SubmittedTemplate {
  id: string;
  channel: TemplateChannel;
  body: RequestBody;
  submittedAt: number;
}

/** Storage of the templates created by clients. */
export interface TemplateState {
  submit(channel: TemplateChannel, ids: TemplateIdForm, body: RequestBody, at: number): SubmittedTemplate;
  /** Replaces the body of a template; false if there is none with this id. */
  change(id: string, body: RequestBody, at: number): boolean;
  remove(id: string): boolean;
  find(id: string): SubmittedTemplate | undefined;
  /** Lists templates in the order they were created; only those with ids of a form if `ids` is given. */
  list(
    channel: TemplateChannel,
    ids: TemplateIdForm | undefined,
    skip: number,
    limit: number,
  ): SubmittedTemplate[];
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
    submit: (channel, ids, body, submittedAt) =>
      write((sql) => {
        const id = ids === 'numbers' ? takeTemplateId(sql) : `template_${randomUUID().slice(0, 8)}`;
        sql.run(
          'INSERT INTO templates (id, channel, body, submitted_at) VALUES (?, ?, ?, ?)',
          id,
          channel,
          JSON.stringify(body),
          submittedAt,
        );
        return { id, channel, body, submittedAt };
      }),
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
    list: (channel, ids, skip, limit) =>
      read
        .all<Row>(
          `SELECT * FROM templates WHERE channel = ? AND (id NOT GLOB '*[^0-9]*') = COALESCE(?, id NOT GLOB '*[^0-9]*')
           ORDER BY n LIMIT ? OFFSET ?`,
          channel,
          ids === undefined ? null : ids === 'numbers' ? 1 : 0,
          limit,
          skip,
        )
        .map(decodeTemplate),
  };
}

function decodeTemplate({ id, channel, body, submitted_at }: Row): SubmittedTemplate {
  return { id, channel, body: JSON.parse(body) as RequestBody, submittedAt: submitted_at };
}
