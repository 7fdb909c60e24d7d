import type { ChannelName } from '../message/channels/channel.ts';
import { findPlaceholders, matchName } from '../message/placeholders.ts';
import type { MessageRules } from '../message/rules.ts';
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
