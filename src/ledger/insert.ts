import type { Sql } from '../storage/database.ts';
import type { Value } from '../storage/engine.ts';

/** Rows to a statement: each call into the library costs more than a row. */
const most = 64;

/** Runs `INSERT ... VALUES` for all rows, which are alike in length. */
export function insertMany(sql: Sql, insert: string, rows: readonly (readonly Value[])[]): void {
  for (let at = 0; at < rows.length; ) {
    // Two statements do for every number of rows.
    const count = rows.length - at >= most ? most : 1;
    const group = rows.slice(at, at + count);
    const marks = `(${(group[0] ?? []).map(() => '?').join(', ')})`;
    sql.run(`${insert} ${group.map(() => marks).join(', ')}`, ...group.flat());
    at += count;
  }
}
