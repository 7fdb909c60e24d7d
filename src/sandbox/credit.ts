import type { ChannelName } from '../message/channels/channel.ts';
import type { Answer } from './answer.ts';
import type { SandboxDeps } from './deps.ts';

/** In cents, since sums of fractions drift. */
const start = 10_000;
export const price = { sms: 4, rcs: 6, whatsapp: 8 } satisfies Record<ChannelName, number>;

/**
 * What is left of the starting credit: a message costs the price of the channel it was handed in on. Never
 * below 0, and never a reason to refuse: a trial of a large bulk is not to end in the middle.
 */
export function credit({ state }: SandboxDeps): Answer {
  const spent = state.charged().reduce((sum, { channel, count }) => sum + price[channel] * count, 0);
  return { status: 200, body: { credit: Math.max(0, start - spent) / 100 } };
}
