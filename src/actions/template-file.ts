import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import type { JsonBody } from '../gateway/http/change.ts';
import { readDocument } from '../input/document.ts';
import { type TemplateChannel, templateChannels } from '../message/channels/channel.ts';
import { asFields } from '../message/schema.ts';
import { detectTemplateChannel, validateTemplate } from '../message/template-schema.ts';

/** What a file says of a template: which channel it is for, and the body that the gateway takes. */
export interface TemplateDocument {
  channel: TemplateChannel;
  body: JsonBody;
  /** The number of WhatsApp it is for, which travels beside the body. */
  phoneNumberId: number | undefined;
}

/**
 * Reads a template from a file and holds it against the rules of its channel: that of the line, that which the file
 * names itself, or that whose words it uses.
 * @throws Failure `template.invalid` with every fault, `template.channel`, and what reading throws
 */
export async function readTemplateFile(
  path: string,
  channel: TemplateChannel | undefined,
  purpose: 'create' | 'update',
  { io }: Context,
): Promise<TemplateDocument> {
  const source = path === '-' ? 'standard input' : path;
  const fields = asFields(await readDocument(path, io.stdin));
  if (fields === undefined)
    fail('usage', 'template.invalid', `${source} is not an object with names and values`);
  const { channel: named, phoneNumberId, ...body } = fields;
  const told =
    named === undefined ? detectTemplateChannel(body) : templateChannels.find((one) => one === named);
  if (named !== undefined && told === undefined)
    fail('usage', 'template.invalid', `${source}: channel: must be one of ${templateChannels.join(', ')}`);
  const number = wholeNumberOf(phoneNumberId);
  if (phoneNumberId !== undefined && number === undefined)
    fail('usage', 'template.invalid', `${source}: phoneNumberId: must be a whole number`);
  const chosen = channel ?? told;
  if (chosen === undefined)
    fail(
      'usage',
      'template.channel',
      `${source} does not say which channel it is for`,
      `add ${templateChannels.map((one) => `--channel ${one}`).join(' or ')}`,
    );
  if (named !== undefined && told !== chosen)
    fail('usage', 'template.channel', `${source} is for ${told}, but --channel is ${chosen}`);
  const faults = validateTemplate(chosen, body, purpose);
  const [first, ...others] = faults;
  if (first !== undefined)
    fail(
      'usage',
      'template.invalid',
      others.length === 0
        ? `${source}: ${first}`
        : `${source} has ${faults.length} errors as a ${chosen} template`,
      others.length === 0 ? undefined : faults.join('\n'),
    );
  return { channel: chosen, body, phoneNumberId: number || undefined };
}

/** Reads a number or its digits; undefined for anything else, and for more digits than a number keeps. */
function wholeNumberOf(value: unknown): number | undefined {
  const isWritten = typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value));
  const number = isWritten ? Number(value) : -1;
  return Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}
