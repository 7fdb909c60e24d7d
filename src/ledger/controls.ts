import type { Sql } from './database.ts';

/** Controls stored for each endpoint, and named in one request. */
export const maxControls = 3;

/** Adds controls, the newest last: messages that the gateway accepted when they were sent through `route`. */
export async function addControls(
  sql: Sql,
  route: string,
  endpoint: string,
  ids: readonly string[],
): Promise<void> {
  for (const id of ids.slice(-maxControls))
    await sql.run('INSERT INTO controls (route, endpoint, id) VALUES (?, ?, ?)', route, endpoint, id);
  await sql.run(
    `DELETE FROM controls WHERE route = ?1 AND endpoint = ?2 AND seq <
       (SELECT seq FROM controls WHERE route = ?1 AND endpoint = ?2 ORDER BY seq DESC LIMIT 1 OFFSET ?3)`,
    route,
    endpoint,
    maxControls - 1,
  );
}

/** Returns the controls of an endpoint, the newest first. */
export async function readControls(sql: Sql, route: string, endpoint: string): Promise<string[]> {
  const found = await sql.all<{ id: string }>(
    'SELECT id FROM controls WHERE route = ? AND endpoint = ? ORDER BY seq DESC LIMIT ?',
    route,
    endpoint,
    maxControls,
  );
  return found.map(({ id }) => id);
}
