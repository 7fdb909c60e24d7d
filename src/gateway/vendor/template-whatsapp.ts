import type { Button, Media, TemplateContent } from '../../message/template.ts';
import { asList, asObject, asText, firstText, type Json } from '../http/json.ts';

/**
 * Parses the content of a WhatsApp template: a list of components when read, flat fields when it was just submitted.
 */
export function parseWhatsappContent(entry: Json): TemplateContent | null {
  const components = asList(entry.components)?.map(asObject);
  if (components === undefined) return parseFlat(entry);
  const findComponent = (type: string) =>
    components.find((component) => asText(component?.type)?.toUpperCase() === type) ?? {};
  const header = findComponent('HEADER');
  const text = firstText(findComponent('BODY'), 'text') ?? null;
  const buttons = parseButtons(findComponent('BUTTONS').buttons);
  if (text === null && buttons.length === 0 && header.type === undefined) return null;
  return {
    header: firstText(header, 'text') ?? null,
    media: parseMedia(header),
    text,
    footer: firstText(findComponent('FOOTER'), 'text') ?? null,
    cards: [],
    buttons,
    fallbackSms: null,
  };
}

function parseFlat(entry: Json): TemplateContent | null {
  const text = asText(entry.body) ?? firstText(entry, 'bodyText', 'text') ?? null;
  if (text === null) return null;
  return {
    header: firstText(entry, 'headerText', 'header') ?? null,
    media: null,
    text,
    footer: firstText(entry, 'footer', 'footerText') ?? null,
    cards: [],
    buttons: parseButtons(entry.buttons),
    fallbackSms: null,
  };
}

function parseMedia(header: Json): Media | null {
  const kinds = { IMAGE: 'image', VIDEO: 'video', DOCUMENT: 'document' } as const;
  const format = asText(header.format)?.toUpperCase();
  const kind = Object.entries(kinds).find(([word]) => word === format)?.[1];
  if (kind === undefined) return null;
  const [sample] = asList(asObject(header.example)?.header_handle) ?? [];
  return { url: firstText(header, 'url', 'link') ?? asText(sample), height: null, kind };
}

function parseButtons(json: unknown): Button[] {
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
