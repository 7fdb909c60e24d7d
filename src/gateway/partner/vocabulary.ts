import { type ChannelName, isChannelName } from '../../message/channels/channel.ts';
import type { Receipt } from '../../message/event.ts';
import type { Instant } from '../../message/time.ts';
import { asText, firstText, type Json } from '../http/json.ts';

/** The gateway's words for where a message stands, and ours. */
const statusWords: Record<string, Receipt['status']> = {
  SENT: 'sent',
  RECEIVED: 'received',
  DELIVERED: 'delivered',
  READ: 'read',
  ERROR: 'undelivered',
  EXPIRED: 'expired',
  UNKNOWN: 'unknown',
};

/** What is said of a message in a status answer or an event, in any generation's fields; undefined without a word. */
export function parseReceipt(entry: Json, now: Instant): Receipt | undefined {
  const word = firstText(entry, 'deliveryStatus', 'status')?.toUpperCase();
  return word === undefined
    ? undefined
    : buildReceipt(entry, Object.hasOwn(statusWords, word) ? statusWords[word] : undefined, word, now);
}

/** Tells whether an entry's status is one of the vendor's words: others may mean anything. */
export function isStatusWord(entry: Json): boolean {
  const word = firstText(entry, 'deliveryStatus', 'status')?.toUpperCase();
  return word !== undefined && Object.hasOwn(statusWords, word);
}

/** As `receiptOf`, of an entry whose status is known by other means; undefined: `word` means nothing to us. */
export function buildReceipt(
  entry: Json,
  status: Receipt['status'] | undefined,
  word: string,
  now: Instant,
): Receipt {
  const description =
    firstText(entry, 'deliveryStatusDescription', 'statusDescription', 'description', 'error') ?? null;
  const failed = status === 'undelivered' || status === 'expired';
  return {
    channel: parseChannel(entry.channel),
    status: status ?? 'unknown',
    // A description repeats the status in words; only of a failure does it say more.
    reason:
      status === undefined ? `the gateway says ${word}` : failed || status === 'unknown' ? description : null,
    at: parseInstant(entry) ?? now,
  };
}

export function parseChannel(word: unknown): ChannelName | null {
  const name = asText(word)?.toLowerCase();
  return name !== undefined && isChannelName(name) ? name : null;
}

/** When an entry says it happened. */
export function parseInstant(entry: Json): Instant | undefined {
  const instant = Date.parse(firstText(entry, 'timestamp', 'eventDate', 'receivedDate') ?? '');
  return Number.isNaN(instant) ? undefined : instant;
}
