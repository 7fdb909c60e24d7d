import type { ChannelName } from '../message/channels/channel.ts';
import { splitPieces } from '../message/template.ts';
import type { Accepted } from './accepted.ts';
import type { SandboxDeps } from './deps.ts';
import { templateOf } from './templates/template.ts';
import type { SandboxTemplate } from './templates/templates.ts';

/** The names under which a body may hold its text: the vendor does not show that of a reply. */
const names = ['message', 'text', 'body', 'content'] as const;

/** The text in a body, plain or as `{text}`; undefined where there is none. */
export function textIn(body: unknown): unknown {
  if (!isObject(body)) return undefined;
  const found = names.map((name) => body[name]).find((value) => (value ?? null) !== null);
  return isObject(found) ? found.text : found;
}

/** What a message says on a channel: its text, or that of its template with the values it was given. */
export function textOf({ body }: Accepted, channel: ChannelName, tools: SandboxDeps): string {
  const written = textIn(body);
  const id = isObject(body) ? body.templateId : undefined;
  const template = typeof id === 'string' ? templateOf(id, tools) : undefined;
  if (typeof written === 'string' && (channel === 'sms' || template === undefined)) return written;
  if (template === undefined) return '';
  const given = isObject(body) && isObject(body.variables) ? body.variables : {};
  // A reply may carry values of any kind, which nobody has looked at.
  const values = Object.entries({ ...template.presets, ...given }).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  );
  return splitPieces(patternOf(template, channel), Object.fromEntries(values))
    .map((piece) => piece.text)
    .join('');
}

/** The text of a template; the name of one that is all cards. */
function patternOf({ rcs, whatsapp, name }: SandboxTemplate, channel: ChannelName): string {
  const ofRcs = isObject(rcs?.body) ? rcs.body.text : undefined;
  const ofWhatsapp = whatsapp?.components.find(({ type }) => type === 'BODY')?.text;
  const found = channel === 'whatsapp' ? (ofWhatsapp ?? ofRcs) : (ofRcs ?? ofWhatsapp);
  return typeof found === 'string' ? found : name;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
