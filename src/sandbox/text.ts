import type { ChannelName } from '../message/channels/channel.ts';
import { splitPieces } from '../message/placeholders.ts';
import type { Accepted } from './accepted.ts';
import type { SandboxDeps } from './deps.ts';
import { lookUpTemplate } from './templates/template.ts';
import type { SandboxTemplate } from './templates/templates.ts';

/** Fields that may hold the text of a body: the vendor does not document the field of a reply. */
const textFields = ['message', 'text', 'body', 'content'] as const;

/** Returns the text in a body, plain or as `{text}`; undefined if there is none. */
export function findText(body: unknown): unknown {
  if (!isObject(body)) return undefined;
  const found = textFields.map((name) => body[name]).find((value) => (value ?? null) !== null);
  return isObject(found) ? found.text : found;
}

/** Renders a message on a channel: its text, or its template with the given values. */
export function renderMessageText({ body }: Accepted, channel: ChannelName, deps: SandboxDeps): string {
  const bodyText = findText(body);
  const id = isObject(body) ? body.templateId : undefined;
  const template = typeof id === 'string' ? lookUpTemplate(id, deps) : undefined;
  if (typeof bodyText === 'string' && (channel === 'sms' || template === undefined)) return bodyText;
  if (template === undefined) return '';
  const variables = isObject(body) && isObject(body.variables) ? body.variables : {};
  // The values of a reply are not validated and may be of any type.
  const values = Object.entries({ ...template.presets, ...variables }).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return splitPieces(findPattern(template, channel), Object.fromEntries(values))
    .map((piece) => piece.text)
    .join('');
}

/** Returns the text of a template, or the name of a template that consists of cards only. */
function findPattern({ rcs, whatsapp, name }: SandboxTemplate, channel: ChannelName): string {
  const rcsText = isObject(rcs?.body) ? rcs.body.text : undefined;
  const whatsappText = whatsapp?.components.find(({ type }) => type === 'BODY')?.text;
  const found = channel === 'whatsapp' ? (whatsappText ?? rcsText) : (rcsText ?? whatsappText);
  return typeof found === 'string' ? found : name;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
