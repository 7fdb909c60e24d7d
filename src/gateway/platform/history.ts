import { fail } from '../../errors.ts';
import { countParts } from '../../message/sms.ts';
import type { Instant } from '../../message/time.ts';
import type { HistoryEntry, HistoryPage, HistoryQuery } from '../history.ts';
import type { HttpClient } from '../http/client.ts';
import { asNumber, asObject, asText, type Json, tryParseJson } from '../http/json.ts';
import { redact } from '../http/redact.ts';
import { describeUnreadable } from '../http/unreadable.ts';
import { findStatusList, parseStatusEntry } from '../vendor/status.ts';
import { readInstant, readPrice } from '../vendor/vocabulary.ts';

/** Takes one channel and two times (vendor: `api/get-history`, `use-cases/UC-019`); pages count from 0. */
const historyPath = '/partner-gateway/v1/messages/history';

const pageSize = 100;

/** Pages that are read of one channel: a gateway that invents messages must not be asked forever. */
const maxPages = 500;

/** Longest time for a request with all its retries, in milliseconds. */
const timeoutMs = 15_000;

/**
 * Yields what the account sent on one channel, in pages, in the order of the gateway.
 * @throws Failure `gateway.*`
 */
export async function* readHistory(
  client: HttpClient,
  { channel, since, until }: HistoryQuery,
): AsyncGenerator<HistoryPage> {
  const seen = new Set<string>();
  for (let page = 0; ; page++) {
    const query = new URLSearchParams({
      channel: channel.toUpperCase(),
      from: formatTime(Math.floor(since / 1000) * 1000),
      to: formatTime(Math.ceil(until / 1000) * 1000),
      page: String(page),
      limit: String(pageSize),
    });
    const response = await client.get(`${historyPath}?${query}`, timeoutMs);
    client.assertOk(response);
    const list = findStatusList(redact(tryParseJson(response.text), client.maskValue));
    if (list === undefined)
      fail(
        'gateway',
        'gateway.unreadable',
        client.redactAndTruncate(`the gateway returned no history, but ${describeUnreadable(response)}`),
        'check --base-url',
      );
    const isNew = list.map((entry) => {
      const text = JSON.stringify(entry);
      return seen.size !== seen.add(text).size;
    });
    const entries = list
      .filter((_, index) => isNew[index])
      .map((entry) => readHistoryEntry(entry, client.now()))
      .filter((entry) => entry !== undefined);
    for (const entry of entries) {
      const { receipt } = entry.status;
      receipt.channel ??= channel;
      receipt.reason &&= client.redactAndTruncate(receipt.reason);
      entry.text &&= client.mask(entry.text);
    }
    // A gateway that ignores `page` returns the same page again; a round length may be its own limit.
    const isLast = !isNew.includes(true) || (list.length < pageSize && list.length % 10 !== 0);
    yield { entries, isCut: !isLast && page + 1 === maxPages };
    if (isLast || page + 1 === maxPages) return;
  }
}

/** Formats a time as the vendor does: ISO 8601 with an offset and without fractions. */
function formatTime(instant: Instant): string {
  return new Date(instant).toISOString().replace(/\.\d+Z$/, '+00:00');
}

/**
 * Reads an entry of either documented form: a status response, or a message with its text, times and cost. Undefined for
 * one that names no message, and for a message that the account received.
 */
export function readHistoryEntry(json: unknown, now: Instant): HistoryEntry | undefined {
  const entry = asObject(json);
  if (entry === undefined || /^(?:in|mo)/i.test(asText(entry.direction) ?? '')) return undefined;
  const sentAt = readInstant(entry, 'sendDate', 'sentDate', 'createdAt');
  const found = parseStatusEntry(withTime(entry), now);
  if (found === undefined) return undefined;
  const price = readPrice(entry.cost ?? entry.price);
  const text = asText(entry.body) ?? asText(entry.text);
  const receipt = { ...found.status.receipt, ...(price !== undefined && { price }) };
  return {
    ...found,
    status: { ...found.status, receipt },
    text,
    sender: asText(entry.sender),
    sentAt: sentAt === undefined ? null : Math.min(sentAt, now),
    ...readSize(entry, text),
  };
}

/** Gives an entry the time of its status where the time has a name that only the history uses. */
function withTime(entry: Json): Json {
  return { timestamp: entry.deliveryDate ?? entry.sendDate, ...entry };
}

/** Returns the parts that the gateway counted. It does not say in which encoding, which the text tells. */
function readSize(entry: Json, text: string | null): Pick<HistoryEntry, 'size'> {
  const parts = asNumber(entry.parts);
  if (text === null || parts === undefined || !Number.isInteger(parts) || parts < 1 || parts > 255) return {};
  return { size: { parts, encoding: countParts(text).encoding } };
}
