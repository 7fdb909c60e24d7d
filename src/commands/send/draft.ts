import type { ChannelName } from '../../message/channel.ts';
import type { Context } from '../context.ts';
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
  if (channel === undefined || to.length === 0) return false;
  if (channel === 'sms') return message.length > 0;
  if (channel === 'rcs') return template.length > 0;
  return fallback ? message.length > 0 || template.length > 0 : message.length + template.length > 0;
}

/** Whether somebody sits there who can be asked. */
export function canAsk({ settings, io }: Context): boolean {
  return settings.input && io.stderr.isTTY && io.stdin.isTTY;
}
