import type { Button, Media, TemplateContent } from '../../message/template.ts';
import { asList, asObject, asText, firstText, type Json } from '../http/json.ts';

/** What a WhatsApp template says: a list of components where it is read, flat fields where it was written. */
export function whatsappContent(entry: Json): TemplateContent | null {
  const components = asList(entry.components)?.map(asObject);
  if (components === undefined) return flat(entry);
  const part = (type: string) =>
    components.find((component) => asText(component?.type)?.toUpperCase() === type) ?? {};
  const header = part('HEADER');
  const text = firstText(part('BODY'), 'text') ?? null;
  const buttons = buttonsOf(part('BUTTONS').buttons);
  if (text === null && buttons.length === 0 && header.type === undefined) return null;
  return {
    header: firstText(header, 'text') ?? null,
    media: mediaOf(header),
    text,
    footer: firstText(part('FOOTER'), 'text') ?? null,
    cards: [],
    buttons,
    fallbackSms: null,
  };
}

function flat(entry: Json): TemplateContent | null {
  const text = asText(entry.body) ?? firstText(entry, 'bodyText', 'text') ?? null;
  if (text === null) return null;
  return {
    header: firstText(entry, 'headerText', 'header') ?? null,
    media: null,
    text,
    footer: firstText(entry, 'footer', 'footerText') ?? null,
    cards: [],
    buttons: buttonsOf(entry.buttons),
    fallbackSms: null,
  };
}

function mediaOf(header: Json): Media | null {
  const kinds = { IMAGE: 'image', VIDEO: 'video', DOCUMENT: 'document' } as const;
  const format = asText(header.format)?.toUpperCase();
  const kind = Object.entries(kinds).find(([word]) => word === format)?.[1];
  if (kind === undefined) return null;
  const [sample] = asList(asObject(header.example)?.header_handle) ?? [];
  return { url: firstText(header, 'url', 'link') ?? asText(sample), height: null, kind };
}

function buttonsOf(json: unknown): Button[] {
  return (asList(json) ?? []).flatMap((one) => {
    const button = asObject(one);
    if (button === undefined) return [];
    const type = asText(button.type)?.toUpperCase();
    const target = firstText(button, 'url', 'phone_number', 'phoneNumber') ?? null;
    const kind =
      type === 'QUICK_REPLY' ? 'reply' : type === 'URL' ? 'url' : type === 'PHONE_NUMBER' ? 'dial' : 'other';
    return [{ kind, text: firstText(button, 'text', 'label') ?? type ?? '', target }];
  });
}
