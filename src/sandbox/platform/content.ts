import { refuse } from '../answer.ts';
import { isObject, type RequestBody, readText } from '../fields.ts';
import { readObject, requirePlatformText, requirePresent } from './fields.ts';

/** Text and sender of the SMS that follows when RCS fails. */
export interface FallbackSms {
  sender: string;
  text: string;
}

/** Content of a message without a template. */
export interface InlineContent {
  /** The first text that the recipient reads; empty for a picture. */
  text: string;
  fallbackSms: FallbackSms | null;
}

/** Cards of a carousel (the vendor's page on RCS). */
const cardCounts = { least: 2, most: 10 };

/**
 * Reads content for RCS, `{type, body}` as in the vendor's template guide; a card also flat, as in UC-002.
 * @throws HttpError 400 naming the field
 */
export function readRcsContent(parent: RequestBody, name: string): InlineContent {
  const content = readObject(parent, name) ?? {};
  const path = `${name}.body`;
  const type = requirePlatformText(content, `${name}.type`);
  requirePresent(content, path);
  const body = readObject(content, path) ?? {};
  const fallbackSms = readFallbackSms(body, `${path}.fallbackSms`);
  if (type === 'TEXT') return { text: requirePlatformText(body, `${path}.text`), fallbackSms };
  if (type === 'CARD') {
    const isNested = body[`${path}.card`] !== undefined;
    const card = isNested ? readObject(body, `${path}.card`) : body;
    return { text: readCard(card ?? {}, isNested ? `${path}.card` : path), fallbackSms };
  }
  if (type !== 'CAROUSEL') refuse(400, `${name}.type: must be TEXT, CARD or CAROUSEL`);
  const cards = body[`${path}.cards`];
  if (!Array.isArray(cards) || cards.length < cardCounts.least || cards.length > cardCounts.most)
    refuse(400, `${path}.cards: must be a list of ${cardCounts.least} to ${cardCounts.most} cards`);
  const texts = cards.map((card, index) => {
    const cardName = `${path}.cards[${index}]`;
    return readCard(readObject({ [cardName]: card }, cardName) ?? {}, cardName);
  });
  return { text: texts.find((text) => text !== '') ?? '', fallbackSms };
}

/** Reads a card, which needs a title, a description or media; returns its text. @throws HttpError 400 */
function readCard(card: RequestBody, path: string): string {
  const title = readText(card, `${path}.title`);
  const description = readText(card, `${path}.description`);
  const media = readObject(card, `${path}.media`);
  if (title === null && description === null && media === null)
    refuse(400, `${path}: needs a title, a description or media`);
  return description ?? title ?? '';
}

/**
 * Reads the text to send by SMS when a channel fails, of which both fields are required. True, which one page has in its
 * place (`documentation/whatsapp`), is not read here.
 * @throws HttpError 400 naming the field
 */
export function readFallbackSms(parent: RequestBody, name: string): FallbackSms | null {
  const fallback = readObject(parent, name);
  if (fallback === null) return null;
  return {
    sender: requirePlatformText(fallback, `${name}.sender`),
    text: requirePlatformText(fallback, `${name}.text`),
  };
}

/**
 * Reads free-form content for WhatsApp: `{type, body}`, whose inner shape the vendor does not print, so any type is
 * taken; or a text, as one page has it.
 * @throws HttpError 400 naming the field
 */
export function readWhatsappContent(parent: RequestBody, name: string): string {
  if (typeof parent[name] === 'string') return requirePlatformText(parent, name);
  const content = readObject(parent, name) ?? {};
  const type = requirePlatformText(content, `${name}.type`);
  requirePresent(content, `${name}.body`);
  const body = content[`${name}.body`];
  const text = isObject(body) ? (body.text ?? body.caption) : body;
  if (type === 'TEXT') return requirePlatformText({ [`${name}.body.text`]: text }, `${name}.body.text`);
  return typeof text === 'string' ? text : '';
}
