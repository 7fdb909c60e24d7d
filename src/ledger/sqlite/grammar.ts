import type { Grammar } from '../database.ts';

/** SQLite's JSON functions (sqlite.org/json1.html). */
export const grammar: Grammar = {
  list: (json) => `(SELECT value, key AS place FROM json_each(${json}))`,
  members: (json) => `json_each(${json}) AS e`,
  elements: (json) => `json_each(${json}) AS e`,
  member: (json, key) => `json_extract(${json}, '$."' || CAST(${key} AS INTEGER) || '"')`,
  at: (json, ...path) =>
    `${json} ->> '$${path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('')}'`,
  contains: (text, part) => `instr(${text}, ${part}) > 0`,
  join: (text) => `group_concat(${text})`,
  usingIndex: (name) => `INDEXED BY ${name}`,
};
