import { createHash } from 'node:crypto';
import type { Receipt } from '../../message/event.ts';
import { selectOwnIds } from '../../message/id.ts';
import { isE164, type ReadInboundNumber, readInboundNumber } from '../../message/phone.ts';
import { type Instant, readGatewayTime } from '../../message/time.ts';
import type { Inbound, WebhookEvent } from '../../message/webhook.ts';
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
  truncate,
  tryParseJson,
} from '../http/json.ts';
import { findContent } from '../vendor/content.ts';
import {
  buildReceipt,
  isStatusWord,
  parseChannel,
  parseInstant,
  parseReceipt,
} from '../vendor/vocabulary.ts';

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
 * Parses a webhook call in every documented shape: the flat event of the older generation, the newer one's DELIVERY,
 * READ and INBOUND events (`guides/webhooks`, `api-sms-universal`, `api-rcs-send`), and the form of a rented number's
 * SMS (`inbound-sms`), which expects `+OK`. Events may be in a list or in an object such as `{"events": [...]}`.
 * Undefined for a text that is not JSON, another form, and a list that is too long. The result is bounded in length; see
 * `redactEvent` for its secrets. `readNumber` reads the numbers.
 */
export function parseWebhook(
  type: string,
  text: string,
  now: Instant,
  readNumber: ReadInboundNumber = readInboundNumber,
): ParsedWebhook | undefined {
  const content = text.replace(/^\uFEFF/, '');
  if (/^application\/x-www-form-urlencoded/i.test(type)) {
    const inbound = parseSmsForm(parseForm(content), now, readNumber);
    return inbound && { events: [{ kind: 'inbound', inbound }], unknown: [], reply: '+OK' };
  }
  const body = tryParseJson(content);
  if (body === undefined) return undefined;
  const parsed: ParsedWebhook = { events: [], unknown: [], reply: '' };
  let count = 0;
  const read = (list: readonly unknown[], wrappers: number): void => {
    count += list.length;
    if (count > maxEvents) return;
    for (const one of list) {
      const event = parseEvent(asObject(one), now, readNumber);
      const wrapped = event || wrappers === maxWrappers ? undefined : unwrap(asObject(one) ?? {});
      if (event) parsed.events.push(event);
      else if (wrapped) read(wrapped, wrappers + 1);
      else parsed.unknown.push(describeUnknown(one));
    }
  };
  read(asList(body) ?? [body], 0);
  return count > maxEvents ? undefined : parsed;
}

/** Returns the events in an object that is no event itself; undefined if it holds none. */
function unwrap(object: Json): readonly unknown[] | undefined {
  const lists = wrapperFields.map((name) => asList(object[name]) ?? [object[name]]);
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

/** Fields that may say what an event is. */
const kindFields = ['eventType', 'type', 'event', 'status', 'deliveryStatus'];

/** Describes an event of no documented shape, by its kind or the names of its fields. */
function describeUnknown(value: unknown): string {
  const event = asObject(value);
  if (event === undefined) return 'not an object';
  const field = kindFields.find((name) => asText(event[name]) !== null);
  const names = Object.keys(event);
  if (names.length === 0) return 'an empty object';
  const described = field === undefined ? `fields ${names.join(', ')}` : `${field} ${asText(event[field])}`;
  return truncate(described, maxDescriptionLength);
}

/** Longest description of an unknown event in characters. */
const maxDescriptionLength = 100;

/** Fields that may say that a message is from a person, and their words for it. */
const inboundFields = ['eventType', 'event', 'type', 'direction'];
const inboundWord = /^(?:in|inbound|incoming|mo)(?![\p{L}])/iu;

function parseEvent(
  event: Json | undefined,
  now: Instant,
  readNumber: ReadInboundNumber,
): WebhookEvent | undefined {
  if (event === undefined) return undefined;
  const isInbound = inboundFields.some((name) => inboundWord.test(asText(event[name]) ?? ''));
  const inbound = isInbound ? parseInbound(event, now, readNumber) : undefined;
  if (inbound) return { kind: 'inbound', inbound };
  const [customerMessageId, gatewayId] = [asId(event.customerMessageId), asId(event.messageId)];
  const receipt = readReceipt(event, now);
  if (receipt === undefined || (customerMessageId ?? gatewayId) === null) return undefined;
  const to = firstId(event, 'phoneNumber', 'destination');
  return {
    kind: 'receipt',
    key: digest(event),
    ids: selectOwnIds(customerMessageId, gatewayId),
    gatewayId,
    to: to === undefined ? null : readNumber(to),
    receipt,
  };
}

/** Statuses by the numeric codes of the newer generation. The vendor documents no others. */
const statusCodes = new Map<string, Receipt['status']>([
  ['3', 'delivered'],
  ['6', 'undelivered'],
]);

/** Parses the receipt in an event. */
function readReceipt(event: Json, now: Instant): Receipt | undefined {
  const type = asText(event.eventType)?.toUpperCase();
  if (type === undefined) return parseReceipt(event, now);
  if (type === 'READ') return buildReceipt(event, 'read', 'READ', now);
  const code = asText(event.statusCode);
  if (type !== 'DELIVERY') return undefined;
  const status = code === null ? undefined : statusCodes.get(code);
  // A word that is known says more than a code that is not.
  if (code === null || (status === undefined && isStatusWord(event))) return parseReceipt(event, now);
  const receipt = buildReceipt(event, status, `statusCode ${code}`, now);
  const [number = 0, of = 0] = [asNumber(event.numPart), asNumber(event.totalParts)];
  const isPart = Number.isInteger(number) && Number.isInteger(of) && number >= 1 && number <= of && of > 1;
  return isPart && of <= maxParts ? { ...receipt, part: { number, of } } : receipt;
}

/** A concatenated SMS counts its parts in one octet (3GPP TS 23.040, 9.2.3.24.1). */
const maxParts = 255;

/**
 * Parses an inbound message. One of no channel that qlara knows counts as an SMS if it has a text: what the person wants
 * holds for every channel.
 */
function parseInbound(event: Json, now: Instant, readNumber: ReadInboundNumber): Inbound | undefined {
  const named = parseChannel(event.channel);
  const from = findSender(event);
  const text = findInboundText(event);
  const channel = named ?? (text === null ? null : 'sms');
  if (channel === null || from === undefined) return undefined;
  return addKey(
    asId(event.messageId),
    {
      channel,
      from: readNumber(from),
      to: readOptional(firstId(event, 'destination'), readNumber),
      text,
      type: (asId(event.messageType) ?? 'TEXT').toLowerCase(),
      media: asText(event.mediaKey),
      at: parseInstant(event),
    },
    now,
  );
}

/** Fields that may hold the sender of an inbound message. */
const senderFields = ['source', 'originator', 'from', 'sender', 'phoneNumber', 'phone'];

function findSender(event: Json): string | undefined {
  const contact = asObject(event.contact) ?? {};
  return firstId(event, ...senderFields) ?? firstId(contact, ...senderFields);
}

/** Finds the text of an inbound message; its other fields may hold ids. */
function findInboundText(event: Json): string | null {
  if (typeof event.text === 'string') return truncate(event.text, maxTextLength);
  const { text, body, message, content, caption } = event;
  const found = findContent({ text, body, message, content, caption });
  return found === undefined ? null : truncate(found, maxTextLength);
}

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

function parseSmsForm(
  form: ReadonlyMap<string, string>,
  now: Instant,
  readNumber: ReadInboundNumber,
): Inbound | undefined {
  const from = asId(form.get('originator'));
  const rawText = form.get('text');
  if (from === null || rawText === undefined) return undefined;
  const text = truncate(rawText, maxTextLength);
  const to = readOptional(asId(form.get('destination')) ?? undefined, readNumber);
  const fields = {
    channel: 'sms',
    from: readNumber(from),
    to,
    text,
    type: 'text',
    media: null,
  } as const;
  // The vendor writes `YYYYMMDDHHMMSS`.
  return addKey(null, { ...fields, at: readGatewayTime(form.get('date_time') ?? '') }, now);
}

function readOptional(text: string | undefined, readNumber: ReadInboundNumber): string | null {
  return text === undefined ? null : readNumber(text);
}

type InboundFields = Omit<Inbound, 'key' | 'id' | 'at'> & { at: Instant | undefined };

/** Milliseconds within which equal messages without a time of their own count as one. */
const duplicateWindowMs = 60_000;

/**
 * Adds the key, which is the same when the gateway repeats a message, even with another time. The gateway's id alone is
 * no key: nothing says that it is the id of this message and not of the message it replies to.
 */
function addKey(id: string | null, fields: InboundFields, now: Instant): Inbound {
  const { channel, from, to, text, media, at } = fields;
  const moment = id === null ? (at ?? `about ${Math.floor(now / duplicateWindowMs)}`) : null;
  const key = digest([id, channel, from, to, text, media, moment]);
  // A time in the future must not keep a customer-service window open.
  return { ...fields, key, id, at: Math.min(at ?? now, now) };
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('base64url');
}
