import type { Event } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import type { OptOut } from '../message/opt-out.ts';
import type { Instant } from '../message/time.ts';
import type { Sql } from '../storage/database.ts';
import type { OptOuts } from './api.ts';
import type { LedgerDatabase } from './database.ts';

export function openOptOuts({ write, read }: LedgerDatabase): OptOuts {
  return {
    add: (optOuts) => write((sql) => optOuts.filter((optOut) => addOptOut(sql, optOut))),
    addList: (phones, { at, source, note }) =>
      write((sql) =>
        // One text for all numbers: a call for each would be slower.
        sql.run(
          'INSERT OR IGNORE INTO optouts SELECT value, ?, ?, ? FROM json_each(?)',
          at,
          source,
          note,
          JSON.stringify(phones),
        ),
      ),
    remove: (phones) => write((sql) => phones.flatMap((phone) => removeOptOut(sql, phone) ?? [])),
    findByPhone: (phones) => read((sql) => findOptOuts(sql, phones)),
    list: () => read((sql) => sql.all<OptOut>(`SELECT ${columns} FROM optouts ORDER BY at DESC, phone`)),
  };
}

const columns = 'phone, at, source, note';

/** Adds an opt-out; returns true if it is new. */
export function addOptOut(sql: Sql, { phone, at, source, note }: OptOut): boolean {
  return sql.run('INSERT OR IGNORE INTO optouts VALUES (?, ?, ?, ?)', phone, at, source, note) > 0;
}

export function removeOptOut(sql: Sql, phone: string): OptOut | undefined {
  const known = sql.get<OptOut>(`SELECT ${columns} FROM optouts WHERE phone = ?`, phone);
  if (known) sql.run('DELETE FROM optouts WHERE phone = ?', phone);
  return known;
}

export function findOptOuts(sql: Sql, phones: readonly string[]): Map<string, OptOut> {
  // Most ledgers have none, and a bulk asks for each of its rows.
  if (sql.get('SELECT 1 FROM optouts LIMIT 1') === undefined) return new Map();
  const found = sql.all<OptOut>(
    `SELECT ${columns} FROM optouts WHERE phone IN (SELECT value FROM json_each(?))`,
    JSON.stringify(phones),
  );
  return new Map(found.map((optOut) => [optOut.phone, optOut]));
}

/** Reports whether a message must not be sent. */
export function hasOptedOut(sql: Sql, { to, overrides }: Plan): boolean {
  return overrides?.optOut === undefined && findOptOuts(sql, [to]).size > 0;
}

/** Returns the event of a message that must not be sent. */
export function newOptedOutEvent(at: Instant): Event {
  return { kind: 'refused', at, reason: 'opted out' };
}
