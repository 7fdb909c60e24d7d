import { channelNames } from '../message/channel.ts';
import { optional, preset, several, toggle } from './field.ts';
import { atLeast, choice, duration, text } from './kinds.ts';

/** The flags of whoever reads what people write. */

export const unread = toggle({
  flag: 'unread',
  summary: 'only conversations with messages nobody has read',
  group: 'Filter',
});
export const follow = toggle({
  flag: 'follow',
  short: 'f',
  summary: 'go on and tell what comes, until Ctrl-C',
  group: 'Delivery',
});
export const interval = preset(atLeast(duration, 10, '10ms'), 5_000, {
  flag: 'interval',
  summary: 'with --follow: time between two questions to the gateway (default 5s)',
  group: 'Delivery',
});
export const markRead = toggle({
  flag: 'mark-read',
  summary: 'tell the gateway that all of it is read',
  group: 'Delivery',
});
export const chatChannel = optional(choice('CHANNEL', 'channel', channelNames), {
  flag: 'channel',
  summary: 'which conversation, where there are several with one number: whatsapp, rcs, sms',
  group: 'Filter',
});
export const answer = several(
  text('TEXT'),
  { flag: 'message', short: 'm', summary: 'the text; - reads standard input', group: 'Message' },
  'needed',
);
