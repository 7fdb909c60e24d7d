import type { Settings } from '../app/context.ts';
import { buildChain, type ChannelName } from '../message/channels/channel.ts';
import { emptyMessage } from '../message/message.ts';
import { findPlaceholders, matchName } from '../message/placeholders.ts';
import type { MessageProblem, MessageRules } from '../message/rules.ts';
import type { SendFlags } from './send-flags.ts';

/** A send as far as its flags describe it. */
export interface Draft {
  /** The channel it enters at; undefined where none is named, or with fallback where more is missing. */
  channel: ChannelName | undefined;
  flags: SendFlags;
}

/** A draft with everything that a send needs. */
export interface CompleteDraft extends Draft {
  channel: ChannelName;
}

/** True if a draft says everything that is needed. */
export function isComplete(
  { channel, flags }: Draft,
  { rcsNeedsNoTemplate }: Pick<MessageRules, 'rcsNeedsNoTemplate'>,
): boolean {
  const { to, message, template = [], fallback = false, content, media } = flags;
  const hasRich = content !== undefined || media !== undefined;
  if (to.length === 0 || lacksValues(flags)) return false;
  switch (channel) {
    case undefined:
      return false;
    case 'sms':
      return message.length > 0;
    case 'rcs':
      // Where RCS needs a template, a text without one is an error that no prompt can fix.
      return template.length > 0 || hasRich || (message.length > 0 && (!fallback || rcsNeedsNoTemplate));
    case 'whatsapp':
      return hasRich || message.length + template.length > 0;
  }
}

/** True if a placeholder of the text has no value. */
function lacksValues({ message, variables, variablesFile }: SendFlags): boolean {
  const given = variables.map(([name]) => name);
  const wanted = message.flatMap((text) => [...findPlaceholders(text)]);
  return variablesFile === undefined && wanted.some((name) => matchName(name, given).length === 0);
}

/** Lists what a draft lacks to be sent from: a sender ID, an RCS agent or a WhatsApp number, by flags and profile. */
export function findOriginProblems(
  { channel, flags }: CompleteDraft,
  { findProblems }: Pick<MessageRules, 'findProblems'>,
  settings: Pick<Settings, 'from' | 'agentId' | 'phoneNumberId'>,
): MessageProblem[] {
  const { message, template = [], fallback = false, from, agentId, phoneNumberId } = flags;
  const problems = findProblems({
    ...emptyMessage(buildChain(channel, fallback)),
    text: message[0] ?? null,
    template: template[0] ?? null,
    sender: from ?? settings.from ?? null,
    agentId: agentId ?? settings.agentId ?? null,
    phoneNumberId: phoneNumberId ?? settings.phoneNumberId ?? null,
  });
  return problems.filter(({ code }) => originCodes.includes(code));
}

const originCodes: readonly string[] = ['sender.missing', 'agent.missing', 'phone-number.missing'];
