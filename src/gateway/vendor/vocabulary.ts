import { type ChannelName, isChannelName } from '../../message/channels/channel.ts';
import type { Receipt } from '../../message/event.ts';
import { type Instant, readGatewayTime } from '../../message/time.ts';
import { asNumber, asText, describeFirst, firstText, type Json } from '../http/json.ts';

/** Message statuses by the gateway's words. */
const statusWords = new Map<string | undefined, Receipt['status']>([
  ['SENT', 'sent'],
  ['RECEIVED', 'received'],
  ['DELIVERED', 'delivered'],
  ['READ', 'read'],
  ['ERROR', 'undelivered'],
  ['EXPIRED', 'expired'],
  ['UNKNOWN', 'unknown'],
]);

/** Returns the status of an entry by the gateway's word, in upper case. */
function readWord(entry: Json): string | undefined {
  return firstText(entry, 'deliveryStatus', 'status')?.toUpperCase();
}

/** Parses the receipt in a status entry or a webhook event of any generation; undefined without a status. */
export function parseReceipt(entry: Json, now: Instant): Receipt | undefined {
  const word = readWord(entry);
  return word === undefined ? undefined : buildReceipt(entry, statusWords.get(word), word, now);
}

/** Reports whether an entry's status is one of the vendor's words; the meaning of any other is unknown. */
export function isStatusWord(entry: Json): boolean {
  return statusWords.has(readWord(entry));
}

/** Fields that describe a status. Others, such as `message`, may hold the text that was sent. */
const descriptionFields = [
  'deliveryStatusDescription',
  'statusDescription',
  'description',
  'error',
  'errors',
  'reason',
  'reasons',
];

/**
 * Builds a receipt for an entry whose status is known by other means; `status` undefined means that `word` is
 * unknown.
 */
export function buildReceipt(
  entry: Json,
  status: Receipt['status'] | undefined,
  word: string,
  now: Instant,
): Receipt {
  const description = describeFirst(entry, descriptionFields);
  const failed = status === 'undelivered' || status === 'expired';
  return {
    channel: parseChannel(entry.channel),
    status: status ?? 'unknown',
    // The description of a success only repeats the status.
    reason:
      status === undefined
        ? `the gateway says ${word}${description === null ? '' : `: ${description}`}`
        : failed || status === 'unknown'
          ? description
          : null,
    // A time in the future would make the message look delayed, and hide later receipts.
    at: Math.min(parseInstant(entry) ?? now, now),
  };
}

/** Reads a price in EUR, with up to six decimals; undefined for anything else. */
export function readPrice(value: unknown): number | undefined {
  const price = asNumber(value);
  return price !== undefined && price >= 0 && price <= maxPrice ? Math.round(price * 1e6) / 1e6 : undefined;
}

/** Highest price of a message or part in EUR; a higher number is something else. */
const maxPrice = 1_000;

export function parseChannel(word: unknown): ChannelName | null {
  const name = asText(word)?.toLowerCase();
  return name !== undefined && isChannelName(name) ? name : null;
}

/** Reads the time of the event in an entry; see `readInstant`. */
export function parseInstant(entry: Json): Instant | undefined {
  return readInstant(entry, 'timestamp', 'eventDate', 'receivedDate');
}

/**
 * Reads the first of these fields that holds a time. A gateway's time without a zone is in UTC; one that has several
 * meanings, or none, counts as absent.
 */
export function readInstant(entry: Json, ...names: string[]): Instant | undefined {
  for (const name of names) {
    const instant = readGatewayTime(asText(entry[name]) ?? '');
    if (instant !== undefined) return instant;
  }
  return undefined;
}
