import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import type { Values } from '../input/flag.ts';
import type { checkFlags } from '../input/flags.ts';
import {
  buildChain,
  type ChannelName,
  hasTemplates,
  type TemplateChannel,
} from '../message/channels/channel.ts';
import type { MessageInput } from '../message/compose.ts';
import type { MessageRules } from '../message/rules.ts';
import type { FindTemplate, KnownTemplate } from '../services/validate/template.ts';
import { readMessageInput } from './message-input.ts';
import { findTemplateChannels, openTemplates } from './template-source.ts';

/** Values of the flags of a check. Each kind of check leaves some out. */
export type CheckFlags = Omit<Values<typeof checkFlags.sms>, 'smsOnly'> &
  Partial<Values<typeof checkFlags.any>>;

/** The content to check, and how. */
export interface CheckRequest {
  channel: ChannelName | undefined;
  input: Omit<MessageInput, 'channel' | 'fallback'>;
  fallback: boolean;
  messageRules: MessageRules;
  /** Undefined to skip the check of templates. */
  findTemplate: FindTemplate | undefined;
  /** Finds the template that RCS has of its own; undefined where it has none, or to skip the check. */
  findRcsTemplate: FindTemplate | undefined;
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
  const fallback = flags.fallback ?? false;
  const chain = buildChain(channel ?? 'whatsapp', channel === undefined || fallback);
  const messageRules = await context.messageRules();
  const isAny = channel === undefined && !fallback;
  const channels = isAny
    ? { main: chain.filter(hasTemplates), rcs: [] }
    : findTemplateChannels(chain, messageRules);
  const open = (some: readonly TemplateChannel[]) =>
    flags.templateCheck === false ? undefined : openTemplates(some, isAny, context);
  return {
    channel: channel ?? (fallback ? 'whatsapp' : undefined),
    fallback,
    messageRules,
    input: await readMessageInput(
      channel ?? (fallback ? 'whatsapp' : undefined),
      { ...flags, needsBoth: channel === undefined && fallback },
      context,
    ),
    findTemplate: open(channels.main),
    findRcsTemplate: channels.rcs.length > 0 ? open(channels.rcs) : undefined,
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
