import type { Sql } from '../storage/database.ts';

/** Controls stored for each endpoint, and named in one request. */
export const maxControls = 3;

/** Adds controls, the newest last: messages that the gateway accepted when they were sent through `route`. */
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

/** Returns the controls of an endpoint, the newest first. */
export function readControls(sql: Sql, route: string, endpoint: string): string[] {
  return sql
    .all<{ id: string }>(
      'SELECT id FROM controls WHERE route = ? AND endpoint = ? ORDER BY seq DESC LIMIT ?',
      route,
      endpoint,
      maxControls,
    )
    .map(({ id }) => id);
}
