import type { ChannelName } from '../message/channels/channel.ts';
import type { SandboxResponse } from './answer.ts';
import type { SandboxDeps } from './deps.ts';

/** Starting credit in cents, since sums of fractions drift. */
const startingCreditCents = 10_000;
export const pricesInCents = { sms: 4, rcs: 6, whatsapp: 8 } satisfies Record<ChannelName, number>;

/**
 * Returns the remaining credit: each message costs the price of the channel it was sent to. Never below 0, and never a
 * reason to reject a message: a trial of a large bulk must not stop in the middle.
 */
export function getCredit({ state }: SandboxDeps): SandboxResponse {
  const spent = state
    .countCharged()
    .reduce((sum, { channel, count }) => sum + pricesInCents[channel] * count, 0);
  return { status: 200, body: { credit: Math.max(0, startingCreditCents - spent) / 100 } };
}
