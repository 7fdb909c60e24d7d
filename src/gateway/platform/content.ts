import type { Content } from '../../message/routes.ts';

/** An object of the gateway's bodies. */
type Body = Record<string, unknown>;

/**
 * Writes the content of an RCS message without a template. The type TEXT is printed (vendor: the collection `rcs-send`);
 * cards have the form of the template guide, which its guide of sends leaves open.
 */
export function writeRcsContent(content: Exclude<Content, { kind: 'template' }>): Body {
  if (content.kind === 'text') return writeText(content.text);
  const { rich, text } = content;
  if (rich.kind === 'object') return { type: rich.type, body: rich.body };
  const media = { height: 'MEDIUM', fileUrl: rich.url };
  const card = { ...(text !== null && { description: text }), media };
  return { type: 'CARD', body: { cardOrientation: 'VERTICAL', thumbnailAlignment: 'LEFT', card } };
}

/**
 * Writes a free-form WhatsApp message. Not printed by the vendor: its pages say that `body` is an object with text, an
 * image or a document (`guides/whatsapp`), and the form of RCS is the likeliest.
 */
export function writeWhatsappContent(content: Exclude<Content, { kind: 'template' }>): Body {
  if (content.kind === 'text') return writeText(content.text);
  const { rich, text } = content;
  if (rich.kind === 'object') return { type: rich.type, body: rich.body };
  const caption = text !== null && rich.media !== 'audio' ? { caption: text } : {};
  return { type: rich.media.toUpperCase(), body: { fileUrl: rich.url, ...caption } };
}

/**
 * Writes the reference to a WhatsApp template. Not printed: the guide says to look up the number of the template first
 * (`use-cases/UC-003`).
 */
export function writeWhatsappTemplate(template: string): Body {
  return { id: writeNumber(template) };
}

/** Returns a number for digits, and any other id as it is. */
export function writeNumber(id: string): number | string {
  const number = Number(id);
  return /^\d+$/.test(id) && Number.isSafeInteger(number) ? number : id;
}

function writeText(text: string): Body {
  return { type: 'TEXT', body: { text } };
}
