import type { ChannelName } from '../message/channels/channel.ts';
import { splitPieces } from '../message/placeholders.ts';
import type { Accepted } from './accepted.ts';
import type { SandboxDeps } from './deps.ts';
import { isObject } from './fields.ts';
import { lookUpTemplate } from './templates/template.ts';
import type { SandboxTemplate } from './templates/templates.ts';
import type { Hop } from './timeline.ts';

/** Renders a message on a channel: its text, or its template with the given values. */
export function renderMessageText({ chain }: Accepted, channel: ChannelName, deps: SandboxDeps): string {
  const hop = chain.find((one) => one.channel === channel);
  return hop === undefined ? '' : renderHopText(hop, deps);
}

/** Renders what a channel carries; empty if its template is gone. */
export function renderHopText({ channel, text, template, variables }: Hop, deps: SandboxDeps): string {
  if (template === null) return text ?? '';
  const found = lookUpTemplate(template, deps);
  if (found === undefined) return '';
  // Values of replies were stored as they came, of any type.
  const values = Object.entries({ ...found.presets, ...variables }).filter(
    ([, value]) => typeof value === 'string',
  );
  return splitPieces(findPattern(found, channel), Object.fromEntries(values))
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
