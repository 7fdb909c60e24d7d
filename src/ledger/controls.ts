import type { Plan } from '../message/message.ts';
import type { Sql } from '../storage/database.ts';

/** Controls kept of each endpoint, and asked for in one question. */
export const maxControls = 3;

/**
 * Names the endpoint that a message is sent to. Only a message of the same endpoint tells whether another one would be
 * shown, if it had been accepted.
 */
export function endpointOf({ message }: Pick<Plan, 'message'>): string {
  return message.chain[0] ?? '';
}

/** Keeps messages, the newest last, that the gateway itself said it accepted when they were sent to it through `route`. */
export function addControls(sql: Sql, route: string, endpoint: string, ids: readonly string[]): void {
  for (const id of ids.slice(-maxControls))
    sql.run('INSERT INTO controls (route, endpoint, id) VALUES (?, ?, ?)', route, endpoint, id);
  sql.run(
    `DELETE FROM controls WHERE route = ?1 AND endpoint = ?2 AND seq <
       (SELECT seq FROM controls WHERE route = ?1 AND endpoint = ?2 ORDER BY seq DESC LIMIT 1 OFFSET ?3)`,
    route,
    endpoint,
    maxControls - 1,
  );
}

/** The newest messages that were accepted from this endpoint, the newest first. */
export function controlsOf(sql: Sql, route: string, endpoint: string): string[] {
  return sql
    .all<{ id: string }>(
      'SELECT id FROM controls WHERE route = ? AND endpoint = ? ORDER BY seq DESC LIMIT ?',
      route,
      endpoint,
      maxControls,
    )
    .map(({ id }) => id);
}
