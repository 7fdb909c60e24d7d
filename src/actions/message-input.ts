import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import { dialectNames, loadDialect } from '../gateway/dialects.ts';
import { anySendFlags } from '../input/flags.ts';
import { atMostOne, readMessageText, readVariables } from '../input/text.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import { copyUncheckedFields, type MessageInput } from '../message/compose.ts';
import { type OptionalField, optionalFields } from '../message/rules.ts';
import { noteZone } from './note-zone.ts';
import type { SendFlags } from './send-flags.ts';

/** The flags that describe a message. A check has them too. */
export type MessageFlags = Pick<SendFlags, 'message' | 'variables' | 'variablesFile' | 'from' | 'file'> &
  Partial<
    Pick<
      SendFlags,
      | 'template'
      | 'simulation'
      | 'needsBoth'
      | 'content'
      | 'media'
      | 'rcsTemplate'
      | 'agentId'
      | 'phoneNumberId'
      | 'at'
      | 'campaign'
      | 'smsOnly'
      | 'templateCheck'
    >
  >;

/** The flags of each optional field. */
const flagsOf = {
  rich: ['content', 'media'],
  rcsTemplate: ['rcsTemplate'],
  agentId: ['agentId'],
  phoneNumberId: ['phoneNumberId'],
  scheduledAt: ['at'],
  campaign: ['campaign'],
  smsOnly: ['smsOnly'],
} as const satisfies Record<OptionalField, readonly (keyof MessageFlags)[]>;

/**
 * Reads the message that flags describe, with the settings of the profile where a flag is absent. `channel` is where it
 * enters; undefined where the content decides. Reads standard input and files that flags name.
 * @throws Failure of kind `usage`
 */
export async function readMessageInput(
  channel: ChannelName | undefined,
  flags: MessageFlags,
  context: Context,
): Promise<Omit<MessageInput, 'channel' | 'fallback'>> {
  const { settings, io } = context;
  const { carries } = await context.messageRules();
  await refuseUnsupported(flags, context);
  const hasContent = flags.content !== undefined || flags.media !== undefined;
  const rich = hasContent
    ? await (await import('./content-file.ts')).readRich(channel, flags, context)
    : undefined;
  const input = {
    text: await readMessageText(flags.message, io),
    template: atMostOne(flags.template ?? [], 'template', '--template'),
    variables: await readVariables(flags.variables, flags.variablesFile, io),
    sender: flags.from ?? settings.from,
    simulation: flags.simulation ?? false,
    needsBoth: flags.needsBoth,
    ...(rich !== undefined && { rich }),
  };
  const defaults = optionalFields
    .filter((field) => carries.has(field) && field in settings)
    .map((field) => [field, settings[field as keyof typeof settings]] as const);
  const scheduledAt = noteZone('at', flags.at, context);
  const message = copyUncheckedFields(
    { ...flags, scheduledAt },
    copyUncheckedFields(Object.fromEntries(defaults), input),
  );
  // The account is asked only for what flags and profile leave open.
  const isOnWhatsapp = channel === 'whatsapp' || (channel === undefined && message.template !== undefined);
  if (!isOnWhatsapp) return message;
  return { ...message, ...(await completeFromAccount(message, flags, context)) };
}

/** Returns the id of a WhatsApp template that is named, and the WhatsApp number, where the account tells. */
async function completeFromAccount(
  { template, phoneNumberId }: Pick<MessageInput, 'template' | 'phoneNumberId'>,
  flags: MessageFlags,
  context: Context,
): Promise<Partial<MessageInput>> {
  const { carries, numbersTemplates } = await context.messageRules();
  const found: { phoneNumberId?: string; template?: string } = {};
  if (carries.has('phoneNumberId') && phoneNumberId == null && flags.file.length === 0) {
    const { findPhoneNumberId } = await import('./account-ids.ts');
    const id = await findPhoneNumberId(context);
    if (id !== undefined) found.phoneNumberId = id;
  }
  const isNamed = numbersTemplates && template !== undefined && !/^\d+$/.test(template);
  if (isNamed && flags.templateCheck !== false) {
    const { findTemplateId } = await import('./template-source.ts');
    const id = await findTemplateId(template, found.phoneNumberId ?? phoneNumberId ?? undefined, context);
    if (id !== undefined) found.template = id;
  }
  return found;
}

/** Refuses flags that the dialect does not carry. @throws Failure `dialect.unsupported` */
async function refuseUnsupported(flags: MessageFlags, context: Context): Promise<void> {
  const { carries } = await context.messageRules();
  const refused = optionalFields
    .filter((field) => !carries.has(field))
    .flatMap((field) => flagsOf[field].map((name) => ({ field, name })))
    .filter(({ name }) => flags[name] !== undefined);
  const [first] = refused;
  if (first === undefined) return;
  const others: string[] = [];
  for (const name of dialectNames)
    if ((await loadDialect(name)).rules.carries.has(first.field)) others.push(name);
  const flagList = refused.map(({ name }) => `--${anySendFlags[name].flag}`).join(' and ');
  fail(
    'usage',
    'dialect.unsupported',
    `the ${context.settings.dialect} dialect has no ${flagList}`,
    others.length === 0
      ? undefined
      : `if the account speaks the ${others[0]} dialect: \`qlara profile set dialect ${others[0]}\``,
  );
}
