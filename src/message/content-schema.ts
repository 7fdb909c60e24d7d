import type { TemplateChannel } from './channels/channel.ts';
import type { RichContent } from './rich.ts';
import { asFields, object, oneOf, type Rule, required, text } from './schema.ts';
import { rcsContent } from './template-schema.ts';

/** Kinds of free-form messages (vendor: `documentation/whatsapp`, `guides/whatsapp`). */
const whatsappTypes = ['TEXT', 'IMAGE', 'VIDEO', 'AUDIO', 'DOCUMENT', 'STICKER', 'LOCATION'] as const;

/** The vendor does not print the fields of each type, so only those of a text are checked. */
const whatsappContent = object(
  { type: required(oneOf(whatsappTypes)), body: required(object({})) },
  (value) => {
    const { type, body } = asFields(value) ?? {};
    const hasBody = type === 'TEXT' && asFields(body) !== undefined;
    return hasBody ? object({ text: required(text()) })(body, 'body') : [];
  },
);

const rules: Readonly<Record<TemplateChannel, Rule>> = { rcs: rcsContent, whatsapp: whatsappContent };

/** Checks content from a file for a channel; returns it, and all problems with it. */
export function validateContent(
  channel: TemplateChannel,
  document: unknown,
): { rich: RichContent | undefined; problems: string[] } {
  const problems = [...new Set(rules[channel](document, ''))];
  const { type, body } = asFields(document) ?? {};
  const fields = asFields(body);
  if (problems.length > 0 || typeof type !== 'string' || fields === undefined)
    return { rich: undefined, problems };
  return { rich: { kind: 'object', type, body: fields }, problems };
}
