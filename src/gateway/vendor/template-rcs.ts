import type { Button, Card, Media, TemplateContent } from '../../message/template.ts';
import { asList, asObject, asText, firstText, type Json } from '../http/json.ts';

/**
 * Parses the content of an RCS template; null if there is none. The vendor documents cards nested, flat, and on the
 * Italian page in a simpler form (`card: {image, title, description, buttons: [{label, action}]}`, `fallback`).
 */
export function parseRcsContent(entry: Json): TemplateContent | null {
  const body = asObject(entry.body) ?? asObject(entry.content) ?? entry;
  const nested = asObject(body.card);
  const cards = (asList(body.cards) ?? [nested ?? (isFlatCard(body, entry) ? body : undefined)])
    .map(asObject)
    .filter((card) => card !== undefined);
  const text = firstText(body, 'text') ?? asText(entry.body);
  if (cards.length === 0 && text === null) return null;
  return {
    header: null,
    media: null,
    text,
    footer: null,
    cards: cards.map(parseCard),
    // The buttons of a flat card belong to the card.
    buttons: cards.includes(body) ? [] : parseButtons(body.suggestions),
    fallbackSms: parseFallback(body.fallbackSms ?? entry.fallback),
  };
}

function isFlatCard(body: Json, entry: Json): boolean {
  return body !== entry && (body.title !== undefined || body.media !== undefined);
}

function parseCard(card: Json): Card {
  return {
    title: firstText(card, 'title') ?? null,
    description: firstText(card, 'description') ?? null,
    media: parseMedia(card.media ?? card.image),
    buttons: parseButtons(card.suggestions ?? card.buttons),
  };
}

const heights: Readonly<Record<string, NonNullable<Media['height']>>> = {
  SHORT: 'short',
  MEDIUM: 'medium',
  TALL: 'tall',
};

function parseMedia(json: unknown): Media | null {
  const media = asObject(json);
  const url = media ? (firstText(media, 'fileUrl', 'url') ?? null) : asText(json);
  if (media === undefined && url === null) return null;
  const height = heights[asText(media?.height)?.toUpperCase() ?? ''] ?? null;
  const kind = /\.(mp4|m4v|webm|3gpp?|mpe?g)(\?|$)/i.test(url ?? '') ? 'video' : 'image';
  return { url, height, kind };
}

const buttonKinds = [
  'reply',
  'url',
  'dial',
  'coordinates',
  'location',
  'calendar',
] as const satisfies Button['kind'][];

function parseButtons(json: unknown): Button[] {
  return (asList(json) ?? []).flatMap((one) => {
    const button = asObject(one);
    const text = button && firstText(button, 'text', 'label');
    if (button === undefined || text === undefined) return [];
    const type = firstText(button, 'type') ?? '';
    const detail = asObject(button[type]) ?? {};
    const target = firstText(detail, 'url', 'phoneNumber') ?? firstText(button, 'action', 'url') ?? null;
    return [{ kind: buttonKinds.find((kind) => kind === type.toLowerCase()) ?? 'other', text, target }];
  });
}

function parseFallback(json: unknown): TemplateContent['fallbackSms'] {
  const fallback = asObject(json);
  const text = fallback ? (firstText(fallback, 'text', 'body') ?? null) : asText(json);
  return text === null ? null : { sender: (fallback && firstText(fallback, 'sender')) ?? '', text };
}
