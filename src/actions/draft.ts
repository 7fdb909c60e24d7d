import type { ChannelName } from '../message/channels/channel.ts';
import { findPlaceholders, matchName } from '../message/placeholders.ts';
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
export function isComplete({ channel, flags }: Draft): boolean {
  const { to, message, template = [], fallback = false } = flags;
  if (to.length === 0 || lacksValues(flags)) return false;
  switch (channel) {
    case undefined:
      return false;
    case 'sms':
      return message.length > 0;
    case 'rcs':
      // A text without a template is an error that no prompt can fix.
      return template.length > 0 || (message.length > 0 && !fallback);
    case 'whatsapp':
      return message.length + template.length > 0;
  }
}

/** True if a placeholder of the text has no value. */
function lacksValues({ message, variables, variablesFile }: SendFlags): boolean {
  const given = variables.map(([name]) => name);
  const wanted = message.flatMap((text) => [...findPlaceholders(text)]);
  return variablesFile === undefined && wanted.some((name) => matchName(name, given).length === 0);
}
