import type { ChannelName } from '../../message/channels/channel.ts';
import type { Variables } from '../../message/placeholders.ts';
import { countParts, detectEncoding, formatParts } from '../../message/sms.ts';
import { refuse, type SandboxResponse } from '../answer.ts';
import type { ReadContext, Rejection, Submission, SubmissionOutcome } from '../dialect.ts';
import {
  isObject,
  type RequestBody,
  readFlag,
  readSender,
  readText,
  readVariables,
  requirePhoneNumber,
} from '../fields.ts';
import type { Hop } from '../timeline.ts';
import { type FallbackSms, readFallbackSms, readRcsContent, readWhatsappContent } from './content.ts';
import {
  isPresent,
  readObject,
  readWholeNumber,
  requirePlatformText,
  requirePresent,
  requireWholeNumber,
} from './fields.ts';
import { readSchedule } from './schedule.ts';

/** Longest label of a campaign, in characters (the vendor's field tables). */
const maxCampaignLength = 255;

/** A request to the endpoint of one channel, as read from its body. */
interface ReadBody {
  hops: [Hop, ...Hop[]];
  sender: string | null;
}

/** The body of a request, the values it gives, and what a dialect may look up. */
interface Source extends ReadContext {
  body: RequestBody;
  placeholders: Variables;
  /** Puts the values into a text; a placeholder without a value stays as it is. */
  fill(text: string): string;
}

const readers = { sms: readSms, rcs: readRcs, whatsapp: readWhatsapp } satisfies Record<
  ChannelName,
  (source: Source) => ReadBody
>;

/**
 * Parses a body of the vendor's platform, with the fields of the endpoint of its channel.
 * @throws HttpError 400 naming the invalid field
 */
export function readSend(channel: ChannelName, body: RequestBody, context: ReadContext): Submission {
  requirePresent(body, 'destination');
  const phoneNumber = requirePhoneNumber(body, 'destination');
  const placeholders = readVariables(body, 'placeholders');
  // Names that stand in a text, as opposed to a template, whose placeholders are known elsewhere.
  const inTexts = new Set<string>();
  const fill = (text: string) =>
    text.replace(/\{\{([^{}]+)\}\}|\{([^{}]+)\}/g, (whole, double?: string, single?: string) => {
      const name = (double ?? single ?? '').trim();
      inTexts.add(name);
      return Object.hasOwn(placeholders, name) ? (placeholders[name] ?? whole) : whole;
    });
  const { hops, sender } = readers[channel]({ ...context, body, placeholders, fill });
  const campaign = readText(body, 'campaignId');
  if (campaign !== null && [...campaign].length > maxCampaignLength)
    refuse(400, `campaignId: must not be longer than ${maxCampaignLength} characters`);
  const header = readText(body, 'udhData');
  if (header !== null && !/^(?:[\da-f]{2})+$/i.test(header)) refuse(400, 'udhData: must be hexadecimal');
  readFlag(body, 'skipRcsOverride');
  return {
    phoneNumber,
    hops,
    clientId: readText(body, 'messageId'),
    simulation: readFlag(body, 'simulation'),
    scheduledAt: readSchedule(body, 'scheduledDate', context.now),
    notifies: readFlag(body, 'enableNotification', true),
    sender,
    // The real addresses behind tracked links stand in no template (vendor: send-whats-app-message).
    allowsValue: (name) => /^shortLinkT\d+$/.test(name) || inTexts.has(name),
  };
}

function readSms({ body, fill }: Source): ReadBody {
  requirePresent(body, 'sender');
  const sender = readSender(body, 'sender');
  return { hops: [carryText('sms', fill(requirePlatformText(body, 'body')))], sender };
}

function readRcs(source: Source): ReadBody {
  const { body } = source;
  requireWholeNumber(body, 'agentId');
  const { hop, fallbackSms } = readRcsHop(source, body, '');
  const maxParts = readWholeNumber(body, 'maxSmsParts');
  // The SMS follows only if its parts are limited (Postman collection of the vendor).
  if (fallbackSms === null || maxParts === null) return { hops: [hop], sender: null };
  return { hops: [hop, carrySms(source, fallbackSms, maxParts)], sender: fallbackSms.sender };
}

/** Reads what RCS carries: a template or content, under names that begin with `prefix`. */
function readRcsHop(
  { placeholders, fill, findTemplate }: Source,
  fields: RequestBody,
  prefix: string,
): { hop: Hop; fallbackSms: FallbackSms | null } {
  const [template, content] = [`${prefix}templateId`, `${prefix}body`];
  requireOne(fields, content, template);
  if (isPresent(fields, template)) {
    const id = String(requireWholeNumber(fields, template));
    const shared = findTemplate(id)?.rcs?.body;
    const fallback = isObject(shared) ? shared.fallbackSms : undefined;
    const fallbackSms = readFallbackSms({ fallbackSms: fallback }, 'fallbackSms');
    return { hop: carryTemplate('rcs', id, placeholders), fallbackSms };
  }
  const { text, fallbackSms } = readRcsContent(fields, content);
  return { hop: carryText('rcs', fill(text)), fallbackSms };
}

function readWhatsapp(source: Source): ReadBody {
  const { body, fill } = source;
  checkPhoneNumberId(body);
  requireOne(body, 'body', 'template');
  const first = isPresent(body, 'template')
    ? readWhatsappTemplate(source)
    : carryText('whatsapp', fill(readWhatsappContent(body, 'body')));
  const rcs = readRcsFallback(source, first);
  const sms = readSmsFallback(source, first);
  if (rcs !== null && sms === null) refuse(400, 'fallbackSms: must not be null with fallbackRcs');
  return {
    hops: [first, ...(rcs === null ? [] : [rcs]), ...(sms === null ? [] : [sms.hop])],
    sender: sms?.sender ?? null,
  };
}

/** Checks the number to send from: a whole number in one of the vendor's pages, a text in another. */
function checkPhoneNumberId(body: RequestBody): void {
  requirePresent(body, 'phoneNumberId');
  const id = body.phoneNumberId;
  const isText = typeof id === 'string' && id.trim() !== '' && !/^\s*(?:-\d+|0+)\s*$/.test(id);
  if (!isText) requireWholeNumber(body, 'phoneNumberId');
}

/** Reads a template by its id, or by name and language with a list of values, as one page has it. */
function readWhatsappTemplate({ body, placeholders, findNamedTemplate }: Source): Hop {
  const reference = readObject(body, 'template') ?? {};
  if (isPresent(reference, 'template.id'))
    return carryTemplate('whatsapp', String(requireWholeNumber(reference, 'template.id')), placeholders);
  if (!isPresent(reference, 'template.name')) requirePresent(reference, 'template.id');
  const name = requirePlatformText(reference, 'template.name');
  const language = readText(reference, 'template.language');
  const parameters = reference['template.parameters'] ?? [];
  if (!Array.isArray(parameters) || parameters.some((value) => typeof value !== 'string'))
    refuse(400, 'template.parameters: must be a list of texts');
  const found = findNamedTemplate(name, language);
  if (found === undefined) return refuse(400, `template ${name} is unknown on WhatsApp`);
  const values = Object.fromEntries(parameters.map((value: string, index) => [String(index + 1), value]));
  return carryTemplate('whatsapp', found.id, { ...placeholders, ...values });
}

/** Reads the RCS message that follows; `true` repeats the first one, as one page has it. */
function readRcsFallback(source: Source, first: Hop): Hop | null {
  const fallback = source.body.fallbackRcs ?? false;
  if (typeof fallback === 'boolean') return fallback ? { ...first, channel: 'rcs' } : null;
  const fields = readObject(source.body, 'fallbackRcs') ?? {};
  requireWholeNumber(fields, 'fallbackRcs.agentId');
  return readRcsHop(source, fields, 'fallbackRcs.').hop;
}

/** Reads the SMS that follows; `true` repeats the first message, as one page has it. */
function readSmsFallback(source: Source, first: Hop): { hop: Hop; sender: string | null } | null {
  const fallback = source.body.fallbackSms ?? false;
  if (typeof fallback === 'boolean')
    return fallback ? { hop: { ...first, channel: 'sms' }, sender: null } : null;
  const read = readFallbackSms(source.body, 'fallbackSms');
  if (read === null) return null;
  return { hop: carrySms(source, read, readWholeNumber(source.body, 'maxSmsParts')), sender: read.sender };
}

/** Builds the SMS at the end of a chain, which fails if it is longer than `maxParts`. */
function carrySms({ fill }: Source, { text }: FallbackSms, maxParts: number | null): Hop {
  const hop = carryText('sms', fill(text));
  const { parts } = countParts(hop.text ?? '');
  if (maxParts === null || parts <= maxParts) return hop;
  return { ...hop, obstacle: `${formatParts(parts)}, more than maxSmsParts` };
}

/** Refuses a request with both of two fields, or with neither. @throws HttpError 400 */
function requireOne(body: RequestBody, name: string, other: string): void {
  if (isPresent(body, name) && isPresent(body, other))
    refuse(400, `${name} and ${other}: only one of them may be given`);
  if (!isPresent(body, other)) requirePresent(body, name);
}

function carryText(channel: ChannelName, text: string): Hop {
  return { channel, text, template: null, variables: {}, obstacle: null };
}

function carryTemplate(channel: ChannelName, template: string, variables: Variables): Hop {
  return { channel, text: null, template, variables, obstacle: null };
}

/**
 * Renders the response: a result for each channel of the chain, under its name. The vendor shows the later channels in
 * one example (UC-005).
 */
export function writeSend(
  { simulation }: Submission,
  { messageId, results }: SubmissionOutcome,
): SandboxResponse {
  const entries = results.map(({ hop, rejection }) => [hop.channel, renderResult(hop, rejection)] as const);
  return { status: 200, body: { messageId, simulation, results: Object.fromEntries(entries) } };
}

function renderResult({ channel, text, obstacle }: Hop, rejection: Rejection | null) {
  const reason = rejection?.reason ?? obstacle;
  const accepted = reason === null;
  const reasons = accepted ? [] : [reason];
  if (channel !== 'sms') return { accepted, reasons };
  const { parts } = countParts(text ?? '');
  return { accepted, unicode: detectEncoding(text ?? '') === 'ucs2', parts: accepted ? parts : 0, reasons };
}
