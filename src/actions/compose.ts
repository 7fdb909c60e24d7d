import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import { atMostOne, readMessageText, readVariables } from '../input/text.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import { composeMessage as applyChannelRules, type Message } from '../message/message.ts';
import { type Phone, parsePhone } from '../message/phone.ts';
import { findPlaceholders } from '../message/placeholders.ts';
import type { ContentFlags, SendFlags } from './send-options.ts';

/** Without the values that only the text has asked for: it has them, and the gateway would find them surplus. */
export function pickVariables(message: Message, wanted: ReadonlySet<string>): Message {
  const variables = Object.entries(message.variables).filter(([name]) => wanted.has(name));
  return { ...message, variables: Object.fromEntries(variables) };
}

/** The message, and the placeholders that its text has before they are filled in. */
export async function composeMessage(
  channel: ChannelName,
  values: SendFlags & ContentFlags,
  context: Context,
): Promise<{ message: Message; placeholders: ReadonlySet<string> }> {
  const { message = [], template = [], fallback = false } = values;
  if (message.includes('-') && values.variablesFile === '-')
    fail(
      'usage',
      'stdin.twice',
      'both --message and --vars-file want standard input',
      'use a file for one of them',
    );
  const text = await readMessageText(message, context.io);
  const composed = applyChannelRules({
    channel,
    fallback,
    text,
    template: atMostOne(template, 'template', '--template'),
    variables: await readVariables(values.variables, values.variablesFile, context.io),
    sender: values.from ?? context.settings.from,
    simulation: values.simulate,
  });
  return { message: composed, placeholders: findPlaceholders(text ?? '') };
}

/** The destinations, each once. */
export async function readDestinations(values: SendFlags, context: Context): Promise<Phone[]> {
  const { settings, notices } = context;
  const home = values.country ?? settings.country;
  if (values.to.length === 0)
    fail('usage', 'to.missing', '--to is missing', 'write it as --to +393901234567');
  const numbers = await Promise.all(values.to.map((one) => parsePhone(one, home)));
  const unique = [...new Set(numbers)];
  if (unique.length < numbers.length)
    notices.info(`note: ${numbers.length - unique.length} repeated destinations are left out`);
  return unique;
}

/** What is to be sent, as far as the line says it. */
export interface Draft {
  /** The channel it enters at; undefined where none is named, or with fallback where more is missing. */
  channel: ChannelName | undefined;
  values: SendFlags & ContentFlags;
}

/** A draft that says all that is needed. */
export interface Complete extends Draft {
  channel: ChannelName;
}

/** Whether a draft says all that is needed, and there is nothing to ask. */
export function isComplete({ channel, values }: Draft): boolean {
  const { to, message = [], template = [], fallback = false } = values;
  if (to.length === 0) return false;
  switch (channel) {
    case undefined:
      return false;
    case 'sms':
      return message.length > 0;
    case 'rcs':
      // A text alone is an error that no answer would mend.
      return template.length > 0 || (message.length > 0 && !fallback);
    case 'whatsapp':
      return message.length + template.length > 0;
  }
}
