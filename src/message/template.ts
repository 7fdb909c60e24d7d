import type { TemplateChannel, TemplateStatus } from './channels/channel.ts';
import { findNearest } from './nearest.ts';
import { findPlaceholders, isKnownName, pickValues, splitPieces, type Variables } from './placeholders.ts';

/** An image, video or document of a template; null for what the gateway does not report. */
export interface Media {
  url: string | null;
  height: 'short' | 'medium' | 'tall' | null;
  kind: 'image' | 'video' | 'document';
}

/** A button of a message or a card; `target` is the URL or number it opens. */
export interface Button {
  kind: 'reply' | 'url' | 'dial' | 'coordinates' | 'location' | 'calendar' | 'other';
  text: string;
  target: string | null;
}

export interface Card {
  title: string | null;
  description: string | null;
  media: Media | null;
  buttons: readonly Button[];
}

/** Content of a template, independent of the channel. */
export interface TemplateContent {
  header: string | null;
  /** Media above the text, on WhatsApp. */
  media: Media | null;
  text: string | null;
  footer: string | null;
  /** Cards; several are a carousel. */
  cards: readonly Card[];
  buttons: readonly Button[];
  /** SMS that is sent where RCS is not available. */
  fallbackSms: { sender: string; text: string } | null;
}

export interface Template {
  id: string;
  name: string;
  channel: TemplateChannel;
  status: TemplateStatus;
  language: string | null;
  category: string | null;
  description: string | null;
  /** Null if the gateway does not report the content. */
  content: TemplateContent | null;
  /** Names of the placeholders in order, each once. */
  placeholders: readonly string[];
  /** Default values of placeholders, an extension of the sandbox. */
  presets: Variables;
}

/** Lists the placeholders of a content in order, each once. */
export function listPlaceholders(content: TemplateContent): string[] {
  return [...new Set(listTexts(content).flatMap((text) => [...findPlaceholders(text)]))];
}

/** Lists all texts that may contain placeholders, in the order in which a phone shows them. */
function listTexts({ header, media, text, footer, cards, buttons, fallbackSms }: TemplateContent): string[] {
  const listButtonTexts = (list: readonly Button[]) => list.flatMap(({ text, target }) => [text, target]);
  const all = [
    header,
    media?.url,
    text,
    footer,
    ...cards.flatMap((card) => [
      card.media?.url,
      card.title,
      card.description,
      ...listButtonTexts(card.buttons),
    ]),
    ...listButtonTexts(buttons),
    fallbackSms?.text,
  ];
  return all.filter((one) => typeof one === 'string');
}

/** Replaces the placeholders of a content with their values; those without a value stay as written. */
export function renderContent(content: TemplateContent, values: Variables): TemplateContent {
  const renderPieces = <T extends string | null>(text: T) =>
    (text === null
      ? null
      : splitPieces(text, values)
          .map(({ text }) => text)
          .join('')) as T;
  const media = (one: Media | null) => one && { ...one, url: renderPieces(one.url) };
  const buttons = (list: readonly Button[]) =>
    list.map((button) => ({
      ...button,
      text: renderPieces(button.text),
      target: renderPieces(button.target),
    }));
  const { header, text, footer, cards, fallbackSms } = content;
  return {
    header: renderPieces(header),
    media: media(content.media),
    text: renderPieces(text),
    footer: renderPieces(footer),
    cards: cards.map((card) => ({
      title: renderPieces(card.title),
      description: renderPieces(card.description),
      media: media(card.media),
      buttons: buttons(card.buttons),
    })),
    buttons: buttons(content.buttons),
    fallbackSms: fallbackSms && { ...fallbackSms, text: renderPieces(fallbackSms.text) },
  };
}

/** Differences between given values and placeholders. */
export interface Mismatch {
  missing: string[];
  surplus: { name: string; meant: string | undefined }[];
}

/** Compares values with placeholders. `usedElsewhere` names values for other texts, such as a fallback text. */
export function compareValues(
  template: { placeholders: readonly string[]; presets: Variables },
  values: Variables,
  usedElsewhere: ReadonlySet<string> = new Set(),
): Mismatch {
  const { placeholders, presets } = template;
  const given = pickValues(placeholders, values);
  const missing = placeholders.filter((name) => !Object.hasOwn(given, name) && !Object.hasOwn(presets, name));
  const surplus = Object.keys(values)
    .filter((name) => !isKnownName(name, placeholders) && !isKnownName(name, usedElsewhere))
    .map((name) => ({ name, meant: findNearest(name, missing) ?? findNearest(name, placeholders) }));
  return { missing, surplus };
}
