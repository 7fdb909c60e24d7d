import type { ChannelName } from '../../message/channels/channel.ts';
import type { Message } from '../../message/message.ts';

/**
 * Lists the channels of a message, and SMS for RCS alone: the gateway falls back by itself where a phone has no RCS
 * (vendor: `guides/channels`).
 */
export function listOwnChannels({ chain }: Pick<Message, 'chain'>): readonly ChannelName[] {
  return chain[0] === 'rcs' && chain.length === 1 ? ['rcs', 'sms'] : chain;
}
