/** The channels, dearest and richest first: the order in which the gateway falls back. */
export const channelNames = ['whatsapp', 'rcs', 'sms'] as const;

export type ChannelName = (typeof channelNames)[number];

export function isChannelName(word: string): word is ChannelName {
  return (channelNames as readonly string[]).includes(word);
}

/**
 * The channels a message goes through when it enters at `first`: only that one,
 * or with `fallback` that one and all that come after it.
 */
export function chainFrom(first: ChannelName, fallback: boolean): ChannelName[] {
  const start = channelNames.indexOf(first);
  return channelNames.slice(start, fallback ? undefined : start + 1);
}
