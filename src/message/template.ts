import type { TemplateChannel, TemplateStatus } from './channels/channel.ts';
import { nearest } from './nearest.ts';
import type { Variables } from './placeholders.ts';

/** What a picture, a film or a document of a template is, as far as the gateway tells. */
export interface Media {
  url: string | null;
  height: 'short' | 'medium' | 'tall' | null;
  kind: 'image' | 'video' | 'document';
}

/** Something to press below a message or a card; `target` is the address or the number it leads to. */
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

/** What a template says, in the words of no channel. */
export interface TemplateContent {
  header: string | null;
  /** Above the text, where WhatsApp has one. */
  media: Media | null;
  text: string | null;
  footer: string | null;
  /** Several are a carousel. */
  cards: readonly Card[];
  buttons: readonly Button[];
  /** What goes out by SMS where there is no RCS. */
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
  /** Null where the gateway does not tell. */
  content: TemplateContent | null;
  /** In the order in which they are met, each once. */
  placeholders: readonly string[];
  /** What a placeholder says when no value is given: an extension of the sandbox. */
  presets: Variables;
}

/** A piece of text: as it stands, or the place of a value. */
export interface Piece {
  text: string;
  /** The placeholder whose place this is; null for plain text. */
  name: string | null;
  /** Whether `text` is the value; else it is the placeholder as written. */
  filled: boolean;
}

/** `{{1}}` as Meta's templates write it, `{name}` as the vendor's do. Values are never searched again. */
const placeholder = /\{\{\s*([A-Za-z_][\w-]*|\d+)\s*\}\}|\{([A-Za-z_][\w-]*|\d+)\}/g;

/** The text in pieces, with the values that there are. */
export function splitPieces(text: string, values: Variables): Piece[] {
  const pieces: Piece[] = [];
  let end = 0;
  for (const match of text.matchAll(placeholder)) {
    const name = match[1] ?? match[2] ?? '';
    const value = Object.hasOwn(values, name) ? values[name] : undefined;
    if (match.index > end) pieces.push({ text: text.slice(end, match.index), name: null, filled: false });
    pieces.push({ text: value ?? match[0], name, filled: value !== undefined });
    end = match.index + match[0].length;
  }
  if (end < text.length) pieces.push({ text: text.slice(end), name: null, filled: false });
  return pieces;
}

export function listPlaceholders(content: TemplateContent): string[] {
  const names = textsOf(content).flatMap((text) => splitPieces(text, {}).map(({ name }) => name));
  return [...new Set(names.filter((name) => name !== null))];
}

/** Every text that a value may stand in, as it is met on the phone. */
function textsOf({ header, media, text, footer, cards, buttons, fallbackSms }: TemplateContent): string[] {
  const ofButtons = (list: readonly Button[]) => list.flatMap(({ text, target }) => [text, target]);
  const all = [
    header,
    media?.url,
    text,
    footer,
    ...cards.flatMap((card) => [card.media?.url, card.title, card.description, ...ofButtons(card.buttons)]),
    ...ofButtons(buttons),
    fallbackSms?.text,
  ];
  return all.filter((one) => typeof one === 'string');
}

/** The content with values in the places of its placeholders; those without a value stay as they are written. */
export function renderContent(content: TemplateContent, values: Variables): TemplateContent {
  const fill = <T extends string | null>(text: T) =>
    (text === null
      ? null
      : splitPieces(text, values)
          .map(({ text }) => text)
          .join('')) as T;
  const media = (one: Media | null) => one && { ...one, url: fill(one.url) };
  const buttons = (list: readonly Button[]) =>
    list.map((button) => ({ ...button, text: fill(button.text), target: fill(button.target) }));
  const { header, text, footer, cards, fallbackSms } = content;
  return {
    header: fill(header),
    media: media(content.media),
    text: fill(text),
    footer: fill(footer),
    cards: cards.map((card) => ({
      title: fill(card.title),
      description: fill(card.description),
      media: media(card.media),
      buttons: buttons(card.buttons),
    })),
    buttons: buttons(content.buttons),
    fallbackSms: fallbackSms && { ...fallbackSms, text: fill(fallbackSms.text) },
  };
}

/** How the values given differ from those that are asked for. */
export interface Mismatch {
  missing: string[];
  surplus: { name: string; meant: string | undefined }[];
}

/** Holds values against placeholders. `elsewhere` names what else values are given for, such as a text. */
export function compareValues(
  asked: { placeholders: readonly string[]; presets: Variables },
  values: Variables,
  elsewhere: ReadonlySet<string> = new Set(),
): Mismatch {
  const { placeholders, presets } = asked;
  const missing = placeholders.filter(
    (name) => !Object.hasOwn(values, name) && !Object.hasOwn(presets, name),
  );
  const surplus = Object.keys(values)
    .filter((name) => !placeholders.includes(name) && !elsewhere.has(name))
    .map((name) => ({ name, meant: nearest(name, missing) ?? nearest(name, placeholders) }));
  return { missing, surplus };
}
