import { channelNames } from '../message/channel.ts';
import { webhookShapes } from '../message/webhook-shape.ts';
import { needed, optional, preset, several, toggle } from './field.ts';
import { choice, file as path, text, wholeNumber } from './kinds.ts';
import { callbackUrl } from './url-kinds.ts';

/** The flags of the sandbox as a server, and of who writes to it. */

export const port = preset(wholeNumber('PORT', 0, 65_535), 8080, {
  flag: 'port',
  summary: 'port to listen on (default 8080; 0 picks a free one)',
  group: 'Server',
});
export const host = preset(text('ADDRESS'), '127.0.0.1', {
  flag: 'host',
  summary: 'address to listen on (default 127.0.0.1)',
  group: 'Server',
});
export const speed = preset(wholeNumber('N', 1, 100_000), 1, {
  flag: 'speed',
  summary: 'how many times faster messages are delivered (default 1)',
  group: 'Server',
});
export const rateLimit = toggle({
  flag: 'rate-limit',
  summary: 'refuse more than the documented 50 requests a second and 1,000 a minute',
  group: 'Server',
});
export const state = optional(path('PATH'), {
  flag: 'state',
  summary: 'where messages are kept: a file, or `memory` (default: that of --sandbox)',
  group: 'Server',
});
export const webhookUrl = optional(callbackUrl, {
  flag: 'webhook-url',
  summary: 'who is told of deliveries and of what people write: https, or http on this machine',
  group: 'Server',
});
export const webhookShape = optional(choice('SHAPE', 'shape', webhookShapes), {
  flag: 'webhook-shape',
  summary: `form of these calls: ${webhookShapes.join(', ')} (default: as registered; of --webhook-url, partner)`,
  group: 'Server',
});
export const author = needed(text('NUMBER'), {
  flag: 'from',
  summary: 'who writes, in E.164',
  group: 'Message',
});
export const saying = several(
  text('TEXT'),
  { flag: 'message', short: 'm', summary: 'what they write; - reads standard input', group: 'Message' },
  'needed',
);
export const writingOn = preset(choice('CHANNEL', 'channel', channelNames), 'whatsapp', {
  flag: 'channel',
  summary: `where they write: ${channelNames.join(', ')} (default whatsapp)`,
  group: 'Message',
});
