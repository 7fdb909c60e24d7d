import { createHash } from 'node:crypto';
import type { Receipt } from '../../message/event.ts';
import { possibleOwnIds } from '../../message/id.ts';
import type { Instant } from '../../message/time.ts';
import { type Inbound, readInboundNumber, type WebhookEvent } from '../../message/webhook.ts';
import {
  asId,
  asList,
  asNumber,
  asObject,
  asText,
  firstId,
  type Json,
  maxReasonLength,
  maxTextLength,
  parsed,
  truncate,
} from '../http/json.ts';
import { redact } from '../http/redact.ts';
import { buildReceipt, parseChannel, parseInstant, parseReceipt } from '../partner/vocabulary.ts';

/** What a webhook call tells, and what the gateway wants to hear when it was taken. */
export interface ParsedWebhook {
  heard: WebhookEvent[];
  answer: string;
}

/** Events in one call, at most; the vendor shows one. */
const mostEvents = 1_000;

/**
 * Reads a webhook call, in every shape that the vendor documents: the flat event of the older generation, the newer
 * one's DELIVERY, READ and INBOUND events (`guides/webhooks`, `api-sms-universal`, `api-rcs-send`), and the form of
 * a rented number's SMS (`inbound-sms`), which wants `+OK`. Undefined where it is none of them. What it returns is
 * bounded in length, and holds no secret that `mask` takes out.
 */
export function parseWebhook(
  type: string,
  text: string,
  now: Instant,
  mask: (text: string) => string = (same) => same,
): ParsedWebhook | undefined {
  const content = text.replace(/^\uFEFF/, '');
  if (/^application\/x-www-form-urlencoded/i.test(type)) {
    const inbound = smsForm(new URLSearchParams(content), now, mask);
    return inbound && { heard: [{ kind: 'inbound', inbound }], answer: '+OK' };
  }
  const told = redact(parsed(content), mask);
  const events = asList(told) ?? [told];
  if (events.length > mostEvents) return undefined;
  const heard = events.map((event) => eventOf(asObject(event), now));
  return heard.length > 0 && heard.every((one) => one !== undefined) ? { heard, answer: '' } : undefined;
}

function eventOf(event: Json | undefined, now: Instant): WebhookEvent | undefined {
  if (event === undefined) return undefined;
  const inbound = asText(event.eventType)?.toUpperCase() === 'INBOUND' ? inboundOf(event, now) : undefined;
  if (inbound) return { kind: 'inbound', inbound };
  const [customerMessageId, gatewayId] = [asId(event.customerMessageId), asId(event.messageId)];
  const receipt = saidOf(event, now);
  if (receipt === undefined || (customerMessageId ?? gatewayId) === null) return undefined;
  const to = firstId(event, 'phoneNumber', 'destination');
  return {
    kind: 'receipt',
    key: digest(event),
    ids: possibleOwnIds(customerMessageId, gatewayId),
    gatewayId,
    to: to === undefined ? null : readInboundNumber(to),
    receipt: { ...receipt, reason: receipt.reason && truncate(receipt.reason, maxReasonLength) },
  };
}

/** The numeric codes of the newer generation. The vendor shows no others. */
const codes = new Map<string, Receipt['status']>([
  ['3', 'delivered'],
  ['6', 'undelivered'],
]);

/** What an event says of a message. */
function saidOf(event: Json, now: Instant): Receipt | undefined {
  const type = asText(event.eventType)?.toUpperCase();
  if (type === undefined) return parseReceipt(event, now);
  if (type === 'READ') return buildReceipt(event, 'read', 'READ', now);
  const code = asText(event.statusCode);
  if (type !== 'DELIVERY') return undefined;
  if (code === null) return parseReceipt(event, now);
  const receipt = buildReceipt(event, codes.get(code), `statusCode ${code}`, now);
  const [number = 0, of = 0] = [asNumber(event.numPart), asNumber(event.totalParts)];
  const isPart = Number.isInteger(number) && Number.isInteger(of) && number >= 1 && number <= of && of > 1;
  return isPart && of <= mostParts ? { ...receipt, part: { number, of } } : receipt;
}

/** A concatenated SMS counts its parts in one octet (3GPP TS 23.040, 9.2.3.24.1). */
const mostParts = 255;

function inboundOf(event: Json, now: Instant): Inbound | undefined {
  const channel = parseChannel(event.channel);
  const from = firstId(event, 'source', 'originator', 'phoneNumber');
  if (channel === null || from === undefined) return undefined;
  const text = typeof event.text === 'string' ? truncate(event.text, maxTextLength) : null;
  return keyed(
    asId(event.messageId),
    {
      channel,
      from: readInboundNumber(from),
      to: numberOf(firstId(event, 'destination')),
      text,
      type: (asId(event.messageType) ?? 'TEXT').toLowerCase(),
      media: asText(event.mediaKey),
      at: parseInstant(event),
    },
    now,
  );
}

function smsForm(form: URLSearchParams, now: Instant, mask: (text: string) => string): Inbound | undefined {
  const fieldOf = (name: string) => redact(form.get(name) ?? undefined, mask);
  const from = asId(fieldOf('originator'));
  const written = fieldOf('text');
  if (from === null || typeof written !== 'string') return undefined;
  const text = truncate(written, maxTextLength);
  const to = numberOf(asId(fieldOf('destination')) ?? undefined);
  const told = {
    channel: 'sms',
    from: readInboundNumber(from),
    to,
    text,
    type: 'text',
    media: null,
  } as const;
  return keyed(null, { ...told, at: momentOf(form.get('date_time') ?? '') }, now);
}

/** `YYYYMMDDHHMMSS`. The vendor names no time zone; it is read as UTC. */
function momentOf(digits: string): Instant | undefined {
  const [, year, month, day, hour, minute, second] =
    /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(digits) ?? [];
  const instant = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(instant) ? undefined : instant;
}

function numberOf(text: string | undefined): string | null {
  return text === undefined ? null : readInboundNumber(text);
}

type Said = Omit<Inbound, 'key' | 'id' | 'at'> & { at: Instant | undefined };

/** What is told again within so many milliseconds, without a time of its own, is the same. */
const again = 60_000;

/**
 * Told again it has the same key, though its time may be another. The gateway's id alone is none: nothing says that it
 * is of this message, and not of the one that is answered.
 */
function keyed(id: string | null, said: Said, now: Instant): Inbound {
  const { channel, from, to, text, media, at } = said;
  const moment = id === null ? (at ?? `about ${Math.floor(now / again)}`) : null;
  const key = digest([id, channel, from, to, text, media, moment]);
  // A clock that goes before ours must not keep a customer-service window open.
  return { ...said, key, id, at: Math.min(at ?? now, now) };
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
