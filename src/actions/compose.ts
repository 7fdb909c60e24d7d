import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import { messageText, onlyOne, variablesFrom } from '../input/text.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import { compose, type Message } from '../message/message.ts';
import { type Phone, phone } from '../message/phone.ts';
import { placeholdersOf } from '../message/placeholders.ts';
import type { Common, Content } from './send.ts';

/** Without the values that only the text has asked for: it has them, and the gateway would find them surplus. */
export function withoutOthers(message: Message, wanted: ReadonlySet<string>): Message {
  const variables = Object.entries(message.variables).filter(([name]) => wanted.has(name));
  return { ...message, variables: Object.fromEntries(variables) };
}

/** The message, and the placeholders that its text has before they are filled in. */
export async function composed(
  channel: ChannelName,
  values: Common & Content,
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
  const text = await messageText(message, context.io);
  const composed = compose({
    channel,
    fallback,
    text,
    template: onlyOne(template, 'template', '--template'),
    variables: await variablesFrom(values.variables, values.variablesFile, context.io),
    sender: values.from ?? context.settings.from,
    simulation: values.simulate,
  });
  return { message: composed, placeholders: placeholdersOf(text ?? '') };
}

/** The destinations, each once. */
export async function destinationsOf(values: Common, context: Context): Promise<Phone[]> {
  const { settings, talk } = context;
  const home = values.country ?? settings.country;
  if (values.to.length === 0)
    fail('usage', 'to.missing', '--to is missing', 'write it as --to +393901234567');
  const numbers = await Promise.all(values.to.map((one) => phone(one, home)));
  const unique = [...new Set(numbers)];
  if (unique.length < numbers.length)
    talk.note(`note: ${numbers.length - unique.length} repeated destinations are left out`);
  return unique;
}
