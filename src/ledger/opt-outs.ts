import type { Event } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import type { ConsentChange, OptOut } from '../message/opt-out.ts';
import { toPersonKey } from '../message/person.ts';
import type { Instant } from '../message/time.ts';
import type { OptOuts } from './api.ts';
import type { LedgerDatabase, Sql } from './database.ts';

export function openOptOuts({ write, read }: LedgerDatabase): OptOuts {
  return {
    add: (optOuts) =>
      write(async (sql) => {
        const added: OptOut[] = [];
        for (const optOut of optOuts) if (await addOptOut(sql, optOut)) added.push(optOut);
        return added;
      }),
    addList: (phones, common) => write((sql) => addList(sql, phones, common)),
    remove: (phones, at) =>
      write(async (sql) => {
        const removed: OptOut[] = [];
        for (const phone of phones) {
          const known = await findOptOut(sql, phone);
          if (known === undefined) continue;
          // The decision of today outweighs a message of yesterday that becomes known tomorrow.
          await saveOptIn(sql, phone, at);
          removed.push(known);
        }
        return removed;
      }),
    findByPhone: (phones) => read((sql) => findOptOuts(sql, phones)),
    list: () => read((sql) => sql.all<OptOut>(`SELECT ${columns} FROM optouts ORDER BY at DESC, person`)),
  };
}

/** The number as it was given: it may be another form of the one that stands for the person. */
const columns = 'coalesce(phone, person) AS phone, at, source, note';

/** Adds an opt-out; returns true if it is new. */
export async function addOptOut(sql: Sql, { phone, at, source, note }: OptOut): Promise<boolean> {
  const person = toPersonKey(phone);
  const added = await sql.run(
    'INSERT INTO optouts (person, phone, at, source, note) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    person,
    phone === person ? null : phone,
    at,
    source,
    note,
  );
  return added > 0;
}

async function addList(sql: Sql, phones: readonly string[], common: Omit<OptOut, 'phone'>): Promise<number> {
  const { at, source, note } = common;
  const others = phones.filter((phone) => toPersonKey(phone) !== phone);
  const usual = others.length === 0 ? phones : phones.filter((phone) => toPersonKey(phone) === phone);
  // One text for all numbers: a call for each would be slower. SQLite needs the condition before ON CONFLICT.
  let added = await sql.run(
    `INSERT INTO optouts (person, at, source, note)
     SELECT value, CAST(? AS BIGINT), ?, ? FROM ${sql.grammar.list('?')} AS numbers WHERE true
     ON CONFLICT DO NOTHING`,
    at,
    source,
    note,
    JSON.stringify(usual),
  );
  for (const phone of others) if (await addOptOut(sql, { ...common, phone })) added++;
  return added;
}

async function findOptOut(sql: Sql, phone: string): Promise<OptOut | undefined> {
  return sql.get<OptOut>(`SELECT ${columns} FROM optouts WHERE person = ?`, toPersonKey(phone));
}

/** Removes the opt-out of a person, if there is one, and stores the time, so that no older message restores it. */
async function saveOptIn(sql: Sql, phone: string, at: Instant): Promise<void> {
  await sql.run('DELETE FROM optouts WHERE person = ?', toPersonKey(phone));
  await saveLatestChange(sql, phone, at);
}

async function saveLatestChange(sql: Sql, phone: string, at: Instant): Promise<void> {
  await sql.run(
    `INSERT INTO consent_changes (person, at) VALUES (?, ?) ON CONFLICT (person) DO UPDATE
     SET at = excluded.at WHERE excluded.at > consent_changes.at`,
    toPersonKey(phone),
    at,
  );
}

/**
 * Applies what a person said, or a gateway said for them, at a time. The latest change by that time holds, in whichever
 * order the changes become known. Returns true if the number was opted out or in by it.
 */
export async function applyConsent(
  sql: Sql,
  change: ConsentChange,
  { phone, at, source, note }: OptOut,
): Promise<boolean> {
  const known = await findOptOut(sql, phone);
  const latest = await sql.get<{ at: Instant }>(
    'SELECT at FROM consent_changes WHERE person = ?',
    toPersonKey(phone),
  );
  if (at < Math.max(known?.at ?? at, latest?.at ?? at)) return false;
  if (change === 'in') {
    await saveOptIn(sql, phone, at);
    return known !== undefined;
  }
  if (known === undefined) return addOptOut(sql, { phone, at, source, note });
  // The opt-out keeps its first record. A rejection repeats what is known, and must not outweigh a later message.
  if (source === 'inbound') await saveLatestChange(sql, phone, at);
  return false;
}

/** Returns the opt-outs of these numbers, by the number asked for. */
export async function findOptOuts(sql: Sql, phones: readonly string[]): Promise<Map<string, OptOut>> {
  // Most ledgers have none, and a bulk asks for each of its rows.
  if ((await sql.get('SELECT 1 FROM optouts LIMIT 1')) === undefined) return new Map();
  const found = await sql.all<OptOut & { person: string }>(
    `SELECT person, ${columns} FROM optouts WHERE person IN (SELECT value FROM ${sql.grammar.list('?')} AS numbers)`,
    JSON.stringify(phones.map(toPersonKey)),
  );
  if (found.length === 0) return new Map();
  const byPerson = new Map(found.map(({ person, ...optOut }) => [person, optOut]));
  return new Map(
    phones.flatMap((phone) => {
      const optOut = byPerson.get(toPersonKey(phone));
      return optOut === undefined ? [] : [[phone, optOut]];
    }),
  );
}

/** Reports whether a message must not be sent. */
export async function hasOptedOut(sql: Sql, { to, overrides }: Plan): Promise<boolean> {
  return overrides?.optOut === undefined && (await findOptOuts(sql, [to])).size > 0;
}

/** Returns the event of a message that must not be sent. */
export function newOptedOutEvent(at: Instant): Event {
  return { kind: 'refused', at, reason: 'opted out' };
}
