import { createHash } from 'node:crypto';
import { isE164, type ReadInboundNumber, readInboundNumber } from '../../message/phone.ts';
import type { Instant } from '../../message/time.ts';
import type { Inbound, WebhookEvent } from '../../message/webhook.ts';
import {
  asList,
  asObject,
  asText,
  type Json,
  maxReasonLength,
  truncate,
  tryParseJson,
} from '../http/json.ts';
import type { EventReader, ReportedEvent, ReportedInbound } from './reader.ts';

/** Events of a webhook call, and the body that acknowledges it. */
export interface ParsedWebhook {
  events: WebhookEvent[];
  /** A short description of each event of no documented shape. */
  unknown: string[];
  reply: string;
}

/** Events in one call; the vendor shows one. */
const maxEvents = 1_000;

/** Objects around an event, at most. */
const maxWrappers = 3;

/** Fields of an object that may hold events, in the order in which they are tried. */
const wrapperFields = [
  'events',
  'event',
  'data',
  'messages',
  'results',
  'notifications',
  'entries',
  'items',
  'payload',
];

/**
 * Parses a webhook call with the readers of the dialects, in this order; an event belongs to the first one that reads it.
 * Events may be in a list or in an object such as `{"events": [...]}`. Undefined for a text that is not JSON, a form that
 * no reader takes, and a list that is too long. The result is bounded in length; see `redactEvent` for its secrets.
 * `readNumber` reads the numbers.
 */
export function parseWebhook(
  type: string,
  text: string,
  now: Instant,
  readers: readonly EventReader[],
  readNumber: ReadInboundNumber = readInboundNumber,
): ParsedWebhook | undefined {
  const content = text.replace(/^\uFEFF/, '');
  if (/^application\/x-www-form-urlencoded/i.test(type)) {
    const form = parseForm(content);
    const found = findFirst(readers, (reader) => reader.readForm?.(form, readNumber));
    if (found === undefined) return undefined;
    const inbound = addInboundKey(found.inbound, now);
    return { events: [{ kind: 'inbound', inbound }], unknown: [], reply: found.reply };
  }
  const body = tryParseJson(content);
  if (body === undefined) return undefined;
  const parsed: ParsedWebhook = { events: [], unknown: [], reply: '' };
  let count = 0;
  const fields = [...wrapperFields, ...readers.flatMap((reader) => reader.wrapperFields ?? [])];
  const read = (list: readonly unknown[], wrappers: number): void => {
    count += list.length;
    if (count > maxEvents) return;
    for (const one of list) {
      const object = asObject(one);
      const event = object && findFirst(readers, (reader) => reader.readEvent(object, now, readNumber));
      const wrapped = event || wrappers === maxWrappers ? undefined : unwrap(object ?? {}, fields);
      if (object && event) parsed.events.push(addKey(event, object, now));
      else if (wrapped) read(wrapped, wrappers + 1);
      else parsed.unknown.push(describeUnknown(one, readers));
    }
  };
  read(asList(body) ?? [body], 0);
  return count > maxEvents ? undefined : parsed;
}

function findFirst<T>(
  readers: readonly EventReader[],
  read: (reader: EventReader) => T | undefined,
): T | undefined {
  for (const reader of readers) {
    const found = read(reader);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Returns the events in an object that is no event itself; undefined if it holds none. */
function unwrap(object: Json, fields: readonly string[]): readonly unknown[] | undefined {
  const lists = fields.map((name) => asList(object[name]) ?? [object[name]]);
  return lists.find((list) => list.some((one) => Object.keys(asObject(one) ?? {}).length > 0));
}

/**
 * Prepares an event to be shown or stored: masks our own secrets, which a gateway may repeat, and cuts the reason of a
 * receipt to `maxReasonLength` characters. Call it after the words and numbers of the event were recognized. A number
 * stays as it is.
 */
export function redactEvent(event: WebhookEvent, { mask, maskValue }: Masks): WebhookEvent {
  const maskNumber = (text: string) => (isE164(text) ? text : maskValue(text));
  if (event.kind === 'receipt') {
    const { receipt } = event;
    return {
      ...event,
      ids: event.ids.map(maskValue),
      gatewayId: event.gatewayId ? maskValue(event.gatewayId) : null,
      to: event.to && maskNumber(event.to),
      receipt: { ...receipt, reason: receipt.reason && truncate(mask(receipt.reason), maxReasonLength) },
    };
  }
  const { inbound } = event;
  return {
    kind: 'inbound',
    inbound: {
      ...inbound,
      id: inbound.id && maskValue(inbound.id),
      from: maskNumber(inbound.from),
      to: inbound.to && maskNumber(inbound.to),
      text: inbound.text && mask(inbound.text),
      type: maskValue(inbound.type),
      media: inbound.media && maskValue(inbound.media),
    },
  };
}

/** Functions that mask secrets in a text, and in a value that may be an id or a number. */
export interface Masks {
  mask(text: string): string;
  maskValue(text: string): string;
}

/** Describes an event of no documented shape, by its kind or the names of its fields. */
function describeUnknown(value: unknown, readers: readonly EventReader[]): string {
  const event = asObject(value);
  if (event === undefined) return 'not an object';
  const kindFields = readers.flatMap((reader) => reader.kindFields);
  const field = kindFields.find((name) => asText(event[name]) !== null);
  const names = Object.keys(event);
  if (names.length === 0) return 'an empty object';
  const described = field === undefined ? `fields ${names.join(', ')}` : `${field} ${asText(event[field])}`;
  return truncate(described, maxDescriptionLength);
}

/** Longest description of an unknown event in characters. */
const maxDescriptionLength = 100;

/** Characters of Windows-1252 from 0x80 on, which ISO 8859-1 has not. Node 20 decodes both alike. */
const windows1252 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ';

/** Parses a form. The vendor names no encoding: a value that is not UTF-8 is in Windows-1252, as ISO 8859-1 is. */
function parseForm(content: string): Map<string, string> {
  const decode = (escaped: string) => {
    const bytes = Buffer.from(escaped.replaceAll('+', ' '))
      .toString('latin1')
      .replace(/%([\da-f]{2})/gi, (_, code: string) => String.fromCharCode(Number.parseInt(code, 16)));
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
    } catch {
      return bytes.replace(/[\x80-\x9f]/g, (byte) => windows1252[byte.charCodeAt(0) - 0x80] ?? byte);
    }
  };
  const fields = content.split('&').map((field): [string, string] => {
    const [name = '', ...value] = field.split('=');
    return [decode(name), decode(value.join('='))];
  });
  // Of several fields with one name, the first counts.
  return new Map(fields.reverse());
}

/** Milliseconds within which equal messages without a time of their own count as one. */
const duplicateWindowMs = 60_000;

/** Adds the key of an event, which is the same each time the gateway reports it. */
function addKey(event: ReportedEvent, reported: Json, now: Instant): WebhookEvent {
  return event.kind === 'inbound'
    ? { kind: 'inbound', inbound: addInboundKey(event.inbound, now) }
    : { ...event, key: digest(reported) };
}

/**
 * Adds the key of an inbound message, which is the same when the gateway repeats it, even with another time. The gateway's
 * id alone is no key: nothing says that it is the id of this message and not of the message it replies to.
 */
function addInboundKey(inbound: ReportedInbound, now: Instant): Inbound {
  const { id, channel, from, to, text, media, at } = inbound;
  const moment = id === null ? (at ?? `about ${Math.floor(now / duplicateWindowMs)}`) : null;
  const key = digest([id, channel, from, to, text, media, moment]);
  // A time in the future must not keep a customer-service window open.
  return { ...inbound, key, at: Math.min(at ?? now, now) };
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
