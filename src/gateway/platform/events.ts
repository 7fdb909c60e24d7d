import type { Receipt } from '../../message/event.ts';
import type { ReadInboundNumber } from '../../message/phone.ts';
import { type Instant, readGatewayTime } from '../../message/time.ts';
import {
  asId,
  asNumber,
  asObject,
  asText,
  firstId,
  type Json,
  maxTextLength,
  truncate,
} from '../http/json.ts';
import { findContent } from '../vendor/content.ts';
import { readReceiptIds } from '../vendor/receipt-ids.ts';
import {
  buildReceipt,
  isStatusWord,
  parseChannel,
  parseInstant,
  parseReceipt,
  readPrice,
} from '../vendor/vocabulary.ts';
import type { EventReader, ReportedForm, ReportedInbound } from '../webhook/reader.ts';

/**
 * Reads the DELIVERY, READ and INBOUND events of this generation (vendor: `guides/webhooks`, `api-sms-universal`,
 * `api-rcs-send`), and the form of a rented number's SMS (`inbound-sms`), which expects `+OK`.
 */
export const eventReader: EventReader = {
  kindFields: ['eventType', 'type', 'event'],
  readEvent(event, now, readNumber) {
    const isInbound = inboundFields.some((name) => inboundWord.test(asText(event[name]) ?? ''));
    const inbound = isInbound ? readInbound(event, readNumber) : undefined;
    if (inbound) return { kind: 'inbound', inbound };
    const receipt = readReceipt(event, now);
    return receipt && readReceiptIds(event, receipt, readNumber);
  },
  readForm: readSmsForm,
};

/** Fields that may say that a message is from a person, and their words for it. */
const inboundFields = ['eventType', 'event', 'type', 'direction'];
const inboundWord = /^(?:in|inbound|incoming|mo)(?![\p{L}])/iu;

/** Statuses by numeric code. The vendor documents no others. */
const statusCodes = new Map<string, Receipt['status']>([
  ['3', 'delivered'],
  ['6', 'undelivered'],
]);

/** Reads the receipt in an event, with its price; undefined without a type that is a receipt's. */
function readReceipt(event: Json, now: Instant): Receipt | undefined {
  const type = asText(event.eventType)?.toUpperCase();
  if (type === 'READ') return buildReceipt(event, 'read', 'READ', now);
  if (type !== 'DELIVERY') return undefined;
  const receipt = readDelivery(event, now);
  const price = readPrice(event.price);
  return receipt && price !== undefined ? { ...receipt, price } : receipt;
}

function readDelivery(event: Json, now: Instant): Receipt | undefined {
  const code = asText(event.statusCode);
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
 * Reads an inbound message. One of no channel that qlara knows counts as an SMS if it has a text: what the person wants
 * holds for every channel.
 */
function readInbound(event: Json, readNumber: ReadInboundNumber): ReportedInbound | undefined {
  const named = parseChannel(event.channel);
  const from = findSender(event);
  const text = findInboundText(event);
  const channel = named ?? (text === null ? null : 'sms');
  if (channel === null || from === undefined) return undefined;
  return {
    id: asId(event.messageId),
    channel,
    from: readNumber(from),
    to: readOptional(firstId(event, 'destination'), readNumber),
    text,
    type: (asId(event.messageType) ?? 'TEXT').toLowerCase(),
    media: asText(event.mediaKey),
    at: parseInstant(event),
  };
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

function readSmsForm(
  form: ReadonlyMap<string, string>,
  readNumber: ReadInboundNumber,
): ReportedForm | undefined {
  const from = asId(form.get('originator'));
  const text = form.get('text');
  if (from === null || text === undefined) return undefined;
  const inbound = {
    id: null,
    channel: 'sms',
    from: readNumber(from),
    to: readOptional(asId(form.get('destination')) ?? undefined, readNumber),
    text: truncate(text, maxTextLength),
    type: 'text',
    media: null,
    // The vendor writes `YYYYMMDDHHMMSS`.
    at: readGatewayTime(form.get('date_time') ?? ''),
  } as const;
  return { inbound, reply: '+OK' };
}

function readOptional(text: string | undefined, readNumber: ReadInboundNumber): string | null {
  return text === undefined ? null : readNumber(text);
}
