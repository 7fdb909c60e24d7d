import type { ChannelName } from '../message/channels/channel.ts';
import { type Conversation, toLocalChatId } from '../message/conversation.ts';
import { listPersonForms, toPersonKey } from '../message/person.ts';
import type { Instant } from '../message/time.ts';
import type { Inbound } from '../message/webhook.ts';
import type { InboundFilter, Inbounds, StoredInbound } from './api.ts';
import { type LedgerDatabase, type Sql, unlimited } from './database.ts';
import { readInbound } from './stored.ts';

export function openInbounds({ write, read }: LedgerDatabase): Inbounds {
  return {
    list: (filter) => read((sql) => listInbounds(sql, filter)),
    chats: ({ channel, since = 0 }, limit) => read((sql) => listChats(sql, channel, since, limit)),
    latestPlace: () =>
      read(async (sql) => {
        const found = await sql.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM inbound');
        return found?.seq ?? 0;
      }),
    lastByPhone: (phones, channel) => read((sql) => readLastByPhone(sql, phones, channel)),
    lastLook: (route) =>
      read(async (sql) => {
        const query = 'SELECT at FROM inbox_looks WHERE route = ?';
        return (await sql.get<{ at: Instant }>(query, route))?.at;
      }),
    saveLook: (route, at) =>
      write(async (sql) => {
        await sql.run(
          'INSERT INTO inbox_looks (route, at) VALUES (?, ?) ON CONFLICT (route) DO UPDATE SET at = excluded.at',
          route,
          at,
        );
      }),
    add: (inbounds) =>
      write(async (sql) => {
        const added: Inbound[] = [];
        for (const inbound of inbounds) if (await addInbound(sql, inbound)) added.push(inbound);
        return added;
      }),
  };
}

/** Adds an inbound message; returns true if it is new. */
export async function addInbound(sql: Sql, inbound: Inbound): Promise<boolean> {
  const { key, channel, from, at } = inbound;
  const added = await sql.run(
    'INSERT INTO inbound (key, channel, phone, at, body) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
    key,
    channel,
    from,
    at,
    JSON.stringify(inbound),
  );
  return added > 0;
}

/**
 * Reports whether the sender of an inbound message is a number whose country is not known: it begins with no country
 * code, and `openInboundReader` left it as it is.
 */
export function lacksCountry(sender: string): boolean {
  return /^\d{7,15}$/.test(sender);
}

/**
 * Finds the person to whom a message was sent, or who opted out, whose number ends in the digits of a sender without a
 * country code. Returns undefined for any other sender, and if there is nobody or more than one.
 */
export async function findPersonByDigits(sql: Sql, sender: string): Promise<string | undefined> {
  if (!lacksCountry(sender)) return undefined;
  // The prefix of calls within a country is no part of an international number.
  const digits = sender.replace(/^0+/, '');
  const { at, contains } = sql.grammar;
  const found = await sql.all<{ phone: string }>(
    `SELECT phone FROM (
       SELECT ${at('state', 'plan', 'to')} AS phone FROM messages WHERE ${contains('state', `?1 || '"'`)}
       UNION SELECT ${at('body', 'to')} FROM bulk_rows WHERE ${contains('body', `?1 || '"'`)}
       UNION SELECT coalesce(phone, person) FROM optouts) AS known
     WHERE phone LIKE '+%' || ?1 AND length(phone) <= length(?1) + CAST(?2 AS BIGINT)`,
    digits,
    maxCountryCodeChars,
  );
  const [person, ...others] = new Set(found.map(({ phone }) => toPersonKey(phone)));
  return others.length === 0 ? person : undefined;
}

/** Longest country code with its `+`, and the 9 that WhatsApp adds to some numbers. */
const maxCountryCodeChars = 5;

async function readLastByPhone(
  sql: Sql,
  phones: readonly string[],
  channel: ChannelName,
): Promise<Map<string, Instant>> {
  // Without a listener there are none, and a bulk asks for each of its rows.
  if ((await sql.get('SELECT 1 FROM inbound LIMIT 1')) === undefined) return new Map();
  const { at, list } = sql.grammar;
  const found = await sql.all<{ phone: string; at: Instant }>(
    `SELECT phone, max(at) AS at FROM inbound
     WHERE channel = ? AND phone IN (SELECT value FROM ${list('?')} AS numbers)
     AND ${at('body', 'isInconclusive')} IS NULL GROUP BY phone`,
    channel,
    JSON.stringify(phones.flatMap(listPersonForms)),
  );
  const byPhone = new Map(found.map(({ phone, at }) => [phone, at]));
  return new Map(
    phones.flatMap((phone) => {
      const times = listPersonForms(phone).flatMap((form) => byPhone.get(form) ?? []);
      return times.length === 0 ? [] : [[phone, Math.max(...times)]];
    }),
  );
}

async function listInbounds(
  sql: Sql,
  { phone, channel, after = 0, limit = unlimited }: InboundFilter,
): Promise<StoredInbound[]> {
  const where = [
    'seq > ?',
    ...(phone ? [`phone IN (SELECT value FROM ${sql.grammar.list('?')} AS numbers)`] : []),
    ...(channel ? ['channel = ?'] : []),
  ];
  const found = await sql.all<{ seq: number; body: string }>(
    `SELECT seq, body FROM inbound WHERE ${where.join(' AND ')} ORDER BY seq DESC LIMIT ?`,
    after,
    ...(phone ? [JSON.stringify(listPersonForms(phone))] : []),
    ...(channel ? [channel] : []),
    limit,
  );
  return found.map(({ seq, body }) => ({ ...readInbound(body), place: seq })).reverse();
}

async function listChats(
  sql: Sql,
  channel: ChannelName | undefined,
  since: Instant,
  limit: number,
): Promise<Conversation[]> {
  const found = await sql.all<{ channel: ChannelName; phone: string; at: Instant; body: string }>(
    `SELECT channel, phone, at, body FROM (
       SELECT *, row_number() OVER (PARTITION BY phone, channel ORDER BY at DESC, seq DESC) AS place FROM inbound
       WHERE channel = ? OR ? = '') AS placed
     WHERE place = 1 AND at >= ? ORDER BY at DESC LIMIT ?`,
    channel ?? '',
    channel ?? '',
    since,
    Number.isFinite(limit) ? limit : unlimited,
  );
  return found.map(({ channel, phone, at, body }) => {
    const { text, type } = readInbound(body);
    return {
      chat: toLocalChatId(channel, phone),
      channel,
      phone,
      unread: null,
      last: text ?? `[${type}]`,
      at,
    };
  });
}
