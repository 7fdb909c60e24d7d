import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import type { JsonBody } from '../gateway/http/change.ts';
import { readDocument } from '../input/document.ts';
import { channelTitles, type TemplateChannel, templateChannels } from '../message/channels/channel.ts';
import { parseAccountId } from '../message/id.ts';
import { asFields } from '../message/schema.ts';
import { detectTemplateChannel, validateTemplate } from '../message/template-schema.ts';

/** A template read from a file: its channel, and the body of the request. */
export interface TemplateDocument {
  channel: TemplateChannel;
  body: JsonBody;
  /** WhatsApp number of the template; not part of the body. */
  phoneNumberId: string | undefined;
}

/**
 * Reads a template from a file and validates it for its channel: that of --channel, else the one that the file names, else
 * the one whose fields it uses.
 * @throws Failure `template.invalid` with all errors, `template.channel`, and as `readDocument`
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
  const detected =
    named === undefined ? detectTemplateChannel(body) : templateChannels.find((one) => one === named);
  if (named !== undefined && detected === undefined)
    fail('usage', 'template.invalid', `${source}: channel: must be one of ${templateChannels.join(', ')}`);
  const number = phoneNumberId == null ? undefined : readNumberId(phoneNumberId, source);
  const chosen = channel ?? detected;
  if (chosen === undefined)
    fail(
      'usage',
      'template.channel',
      `${source} does not say which channel it is for`,
      `add ${templateChannels.map((one) => `--channel ${one}`).join(' or ')}`,
    );
  if (named !== undefined && detected !== chosen)
    fail('usage', 'template.channel', `${source} is for ${detected}, but --channel is ${chosen}`);
  const errors = validateTemplate(chosen, body, purpose);
  const [first, ...others] = errors;
  if (first !== undefined)
    fail(
      'usage',
      'template.invalid',
      others.length === 0
        ? `${source}: ${first}`
        : `${source} has ${errors.length} errors as a ${channelTitles[chosen]} template`,
      others.length === 0 ? undefined : errors.join('\n'),
    );
  return { channel: chosen, body, phoneNumberId: number };
}

/** Reads the id of a number: a text, or a whole number. @throws Failure `template.invalid` */
function readNumberId(value: unknown, source: string): string {
  if (typeof value === 'string' || (Number.isSafeInteger(value) && Number(value) >= 0))
    try {
      return parseAccountId(String(value));
    } catch {
      // The failure below names the file.
    }
  fail('usage', 'template.invalid', `${source}: phoneNumberId: must be the id of a WhatsApp number`);
}
