import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import type { Values } from '../input/flag.ts';
import type { checkFlags } from '../input/flags.ts';
import { atMostOne, readMessageText, readVariables } from '../input/text.ts';
import { buildChain, type ChannelName, hasTemplates } from '../message/channels/channel.ts';
import type { MessageInput } from '../message/compose.ts';
import type { MessageRules } from '../message/rules.ts';
import type { FindTemplate, KnownTemplate } from '../services/validate/template.ts';
import { openTemplates } from './template-source.ts';

/** Values of the flags of a check. Each kind of check leaves some out. */
export type CheckFlags = Values<typeof checkFlags.sms> & Partial<Values<typeof checkFlags.any>>;

/** The content to check, and how. */
export interface CheckRequest {
  channel: ChannelName | undefined;
  input: Omit<MessageInput, 'channel' | 'fallback'>;
  fallback: boolean;
  messageRules: MessageRules;
  /** Undefined to skip the check of templates. */
  findTemplate: FindTemplate | undefined;
}

/**
 * Reads what to check from flags. `path` is the file with rows, if any.
 * @throws Failure of kind `usage`
 */
export async function readCheckRequest(
  channel: ChannelName | undefined,
  path: string | undefined,
  flags: CheckFlags,
  context: Context,
): Promise<CheckRequest> {
  if (path === '-' && flags.message.includes('-'))
    fail(
      'usage',
      'stdin.twice',
      '--file and --message cannot both read standard input',
      'use a file for one of them',
    );
  const { io, settings } = context;
  const fallback = flags.fallback ?? false;
  const chain = buildChain(channel ?? 'whatsapp', channel === undefined || fallback);
  return {
    channel: channel ?? (fallback ? 'whatsapp' : undefined),
    fallback,
    messageRules: await context.messageRules(),
    input: {
      text: await readMessageText(flags.message, io),
      template: atMostOne(flags.template ?? [], 'template', '--template'),
      variables: await readVariables(flags.variables, flags.variablesFile, io),
      sender: flags.from ?? settings.from,
      simulation: false,
      needsBoth: channel === undefined && fallback,
    },
    findTemplate:
      flags.templateCheck === false
        ? undefined
        : openTemplates(chain.filter(hasTemplates), channel === undefined && !fallback, context),
  };
}

/** Returns where a message with this content enters, if no channel is given. */
export function routeOf(
  { channel, fallback }: Pick<CheckRequest, 'channel' | 'fallback'>,
  text: string | undefined,
  template: string | undefined,
  known: KnownTemplate | undefined,
): { channel: ChannelName; fallback: boolean } {
  if (channel !== undefined) return { channel, fallback };
  if (template === undefined) return { channel: 'sms', fallback: false };
  const isOnWhatsapp =
    known === undefined || known.channels.length === 0 || known.channels.includes('whatsapp');
  return { channel: isOnWhatsapp ? 'whatsapp' : 'rcs', fallback: text !== undefined };
}
