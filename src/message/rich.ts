import { findPlaceholders, renderText, type Variables } from './placeholders.ts';

/** A JSON object of content in the vendor's form. */
export type ContentObject = Readonly<Record<string, unknown>>;

/** Content beyond plain text. */
export type RichContent =
  /** An object in the vendor's form, as a file has it: its type, and the fields of that type. */
  | { readonly kind: 'object'; readonly type: string; readonly body: ContentObject }
  /** A file at a public address, shown with the text of the message. */
  | { readonly kind: 'media'; readonly media: MediaKind; readonly url: string };

export const mediaKinds = ['image', 'video', 'audio', 'document'] as const;

export type MediaKind = (typeof mediaKinds)[number];

/** Endings of the names of media files. Any other file is a document. */
const endings: readonly [MediaKind, RegExp][] = [
  ['image', /\.(?:jpe?g|png|gif|webp)$/i],
  ['video', /\.(?:mp4|m4v|webm|3gpp?|mpe?g)$/i],
  ['audio', /\.(?:mp3|aac|amr|ogg|opus|m4a)$/i],
];

/** Returns the kind of media at an address, by the ending of its path. */
export function detectMediaKind(url: string): MediaKind {
  const { pathname } = new URL(url);
  return endings.find(([, ending]) => ending.test(pathname))?.[0] ?? 'document';
}

/** Replaces the placeholders in all texts of a content. @throws Failure `placeholder.missing`, `placeholder.malformed` */
export function renderRich(rich: RichContent, variables: Variables): RichContent {
  return mapTexts(rich, (text) => renderText(text, variables).normalize('NFC')) as RichContent;
}

/** Returns the names of the placeholders in all texts of a content. */
export function findRichPlaceholders(rich: RichContent | undefined): ReadonlySet<string> {
  const names = new Set<string>();
  mapTexts(rich, (text) => {
    for (const name of findPlaceholders(text)) names.add(name);
    return text;
  });
  return names;
}

/** Returns a copy of a value in which `change` has replaced each text; names of fields stay. */
function mapTexts(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value);
  if (Array.isArray(value)) return value.map((one) => mapTexts(one, change));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, mapTexts(one, change)]));
}
