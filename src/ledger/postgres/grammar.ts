import type { Grammar } from '../database.ts';

/** PostgreSQL's JSON functions (https://www.postgresql.org/docs/current/functions-json.html); `schema.ts` has `read_json`. */
export const grammar: Grammar = {
  list: (json) =>
    `(SELECT l.value, l.n - 1 AS place FROM json_array_elements_text(read_json(CAST(${json} AS text))) WITH ORDINALITY AS l(value, n))`,
  members: (json) =>
    `LATERAL (SELECT m.key, CAST(m.value AS text) AS value FROM json_each(read_json(CAST(${json} AS text))) AS m) AS e`,
  elements: (json) => `LATERAL json_array_elements_text(read_json(CAST(${json} AS text))) AS e(value)`,
  member: (json, key) => `read_json(CAST(${json} AS text)) ->> CAST(${key} AS text)`,
  at: (json, ...path) => `(read_json(CAST(${json} AS text)) #>> '{${path.join()}}')`,
  contains: (text, part) => `strpos(${text}, ${part}) > 0`,
  join: (text) => `string_agg(${text}, ',')`,
  usingIndex: () => '',
};

/**
 * Translates the parameters of a statement from SQLite's form, `?` and `?1`, to `$1`. A `?` without a number follows the
 * largest number so far (sqlite.org/lang_expr.html, "parameters"). No statement has a question mark in a text.
 */
export function numberParameters(text: string): string {
  let largest = 0;
  return text.replace(/\?(\d*)/g, (_, digits: string) => {
    const number = digits === '' ? largest + 1 : Number(digits);
    largest = Math.max(largest, number);
    return `$${number}`;
  });
}
