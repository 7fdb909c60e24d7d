import type { Context } from '../app/context.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import type { Common, Content } from './send.ts';

/** What is to be sent, as far as the line says it. */
export interface Draft {
  /** The channel it enters at; undefined where none is named, or with fallback where more is missing. */
  channel: ChannelName | undefined;
  values: Common & Content;
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

/** Whether somebody sits there who can be asked. */
export function canAsk({ settings, io }: Context): boolean {
  return settings.input && io.stderr.isTTY && io.stdin.isTTY;
}
