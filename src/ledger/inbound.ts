import type { ChannelName } from '../message/channels/channel.ts';
import { type Conversation, toLocalChatId } from '../message/conversation.ts';
import { listPersonForms, toPersonKey } from '../message/person.ts';
import type { Instant } from '../message/time.ts';
import type { Inbound } from '../message/webhook.ts';
import type { Sql } from '../storage/database.ts';
import type { InboundFilter, Inbounds, StoredInbound } from './api.ts';
import type { LedgerDatabase } from './database.ts';

export function openInbounds({ write, read }: LedgerDatabase): Inbounds {
  return {
    list: (filter) => read((sql) => listInbounds(sql, filter)),
    chats: ({ channel, since = 0 }, limit) => read((sql) => listChats(sql, channel, since, limit)),
    latestPlace: () =>
      read((sql) => sql.get<{ seq: number | null }>('SELECT max(seq) AS seq FROM inbound')?.seq ?? 0),
    lastByPhone: (phones, channel) => read((sql) => readLastByPhone(sql, phones, channel)),
    lastLook: (route) =>
      read((sql) => sql.get<{ at: Instant }>('SELECT at FROM inbox_looks WHERE route = ?', route)?.at),
    saveLook: (route, at) =>
      write((sql) => {
        sql.run('INSERT OR REPLACE INTO inbox_looks VALUES (?, ?)', route, at);
      }),
    add: (inbounds) => write((sql) => inbounds.filter((inbound) => addInbound(sql, inbound))),
  };
}

/** Adds an inbound message; returns true if it is new. */
export function addInbound(sql: Sql, inbound: Inbound): boolean {
  const { key, channel, from, at } = inbound;
  return (
    sql.run(
      'INSERT OR IGNORE INTO inbound (key, channel, phone, at, body) VALUES (?, ?, ?, ?, ?)',
      key,
      channel,
      from,
      at,
      JSON.stringify(inbound),
    ) > 0
  );
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
export function findPersonByDigits(sql: Sql, sender: string): string | undefined {
  if (!lacksCountry(sender)) return undefined;
  // The prefix of calls within a country is no part of an international number.
  const digits = sender.replace(/^0+/, '');
  const found = sql.all<{ phone: string }>(
    `SELECT phone FROM (SELECT state ->> '$.plan.to' AS phone FROM messages WHERE instr(state, ?1 || '"')
     UNION SELECT body ->> '$.to' FROM bulk_rows WHERE instr(body, ?1 || '"')
     UNION SELECT coalesce(phone, person) FROM optouts)
     WHERE phone GLOB '+*' || ?1 AND length(phone) <= length(?1) + ?2`,
    digits,
    maxCountryCodeChars,
  );
  const [person, ...others] = new Set(found.map(({ phone }) => toPersonKey(phone)));
  return others.length === 0 ? person : undefined;
}

/** Longest country code with its `+`, and the 9 that WhatsApp adds to some numbers. */
const maxCountryCodeChars = 5;

function readLastByPhone(sql: Sql, phones: readonly string[], channel: ChannelName): Map<string, Instant> {
  // Without a listener there are none, and a bulk asks for each of its rows.
  if (sql.get('SELECT 1 FROM inbound LIMIT 1') === undefined) return new Map();
  const found = sql.all<{ phone: string; at: Instant }>(
    `SELECT phone, max(at) AS at FROM inbound WHERE channel = ? AND phone IN (SELECT value FROM json_each(?))
     AND json_extract(body, '$.isInconclusive') IS NULL GROUP BY phone`,
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

function listInbounds(sql: Sql, { phone, channel, after = 0, limit = -1 }: InboundFilter): StoredInbound[] {
  const where = [
    'seq > ?',
    ...(phone ? ['phone IN (SELECT value FROM json_each(?))'] : []),
    ...(channel ? ['channel = ?'] : []),
  ];
  return sql
    .all<{ seq: number; body: string }>(
      `SELECT seq, body FROM inbound WHERE ${where.join(' AND ')} ORDER BY seq DESC LIMIT ?`,
      after,
      ...(phone ? [JSON.stringify(listPersonForms(phone))] : []),
      ...(channel ? [channel] : []),
      limit,
    )
    .map(({ seq, body }) => ({ ...(JSON.parse(body) as Inbound), place: seq }))
    .reverse();
}

function listChats(
  sql: Sql,
  channel: ChannelName | undefined,
  since: Instant,
  limit: number,
): Conversation[] {
  // With `max`, SQLite takes the bare columns from the row of the maximum (sqlite.org/lang_select.html, "bare
  // columns").
  return sql
    .all<{ channel: ChannelName; phone: string; at: Instant; body: string }>(
      `SELECT channel, phone, max(at) AS at, body FROM inbound WHERE channel = ? OR ? = ''
       GROUP BY phone, channel HAVING max(at) >= ? ORDER BY max(at) DESC LIMIT ?`,
      channel ?? '',
      channel ?? '',
      since,
      Number.isFinite(limit) ? limit : -1,
    )
    .map(({ channel, phone, at, body }) => {
      const { text, type } = JSON.parse(body) as Inbound;
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
