import type { ChannelName } from '../message/channels/channel.ts';
import { countParts } from '../message/sms.ts';

/**
 * Prices in cents, since sums of fractions drift: of a part of an SMS, and of a message on the other channels. The
 * vendor's pages print no price list.
 */
export const pricesInCents = { sms: 4, rcs: 6, whatsapp: 8 } satisfies Record<ChannelName, number>;

/** Returns the price in cents of a message with this text, on the channel that it is sent to first. */
export function priceMessage(channel: ChannelName, text: string): number {
  return pricesInCents[channel] * (channel === 'sms' ? countParts(text).parts : 1);
}
