import type { Button, Card, Media, TemplateContent } from '../../message/template.ts';
import { asList, asObject, asText, firstText, type Json } from '../http/json.ts';

/**
 * What an RCS template says. The vendor prints cards nested, flat, and in the Italian page in a simpler way
 * (`card: {image, title, description, buttons: [{label, action}]}`, `fallback`); all are read.
 */
export function rcsContent(entry: Json): TemplateContent | null {
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
    cards: cards.map(cardOf),
    // In a flat card they are the card's own.
    buttons: cards.includes(body) ? [] : buttonsOf(body.suggestions),
    fallbackSms: fallbackOf(body.fallbackSms ?? entry.fallback),
  };
}

function isFlatCard(body: Json, entry: Json): boolean {
  return body !== entry && (body.title !== undefined || body.media !== undefined);
}

function cardOf(card: Json): Card {
  return {
    title: firstText(card, 'title') ?? null,
    description: firstText(card, 'description') ?? null,
    media: mediaOf(card.media ?? card.image),
    buttons: buttonsOf(card.suggestions ?? card.buttons),
  };
}

const heights: Readonly<Record<string, NonNullable<Media['height']>>> = {
  SHORT: 'short',
  MEDIUM: 'medium',
  TALL: 'tall',
};

function mediaOf(json: unknown): Media | null {
  const media = asObject(json);
  const url = media ? (firstText(media, 'fileUrl', 'url') ?? null) : asText(json);
  if (media === undefined && url === null) return null;
  const height = heights[asText(media?.height)?.toUpperCase() ?? ''] ?? null;
  const kind = /\.(mp4|m4v|webm|3gpp?|mpe?g)(\?|$)/i.test(url ?? '') ? 'video' : 'image';
  return { url, height, kind };
}

const kinds = [
  'reply',
  'url',
  'dial',
  'coordinates',
  'location',
  'calendar',
] as const satisfies Button['kind'][];

function buttonsOf(json: unknown): Button[] {
  return (asList(json) ?? []).flatMap((one) => {
    const button = asObject(one);
    const text = button && firstText(button, 'text', 'label');
    if (button === undefined || text === undefined) return [];
    const type = firstText(button, 'type') ?? '';
    const detail = asObject(button[type]) ?? {};
    const target = firstText(detail, 'url', 'phoneNumber') ?? firstText(button, 'action', 'url') ?? null;
    return [{ kind: kinds.find((kind) => kind === type.toLowerCase()) ?? 'other', text, target }];
  });
}

function fallbackOf(json: unknown): TemplateContent['fallbackSms'] {
  const fallback = asObject(json);
  const text = fallback ? (firstText(fallback, 'text', 'body') ?? null) : asText(json);
  return text === null ? null : { sender: (fallback && firstText(fallback, 'sender')) ?? '', text };
}
