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
export function buildChain(first: ChannelName, fallback: boolean): ChannelName[] {
  const start = channelNames.indexOf(first);
  return channelNames.slice(start, fallback ? undefined : start + 1);
}

/** The channels that have templates. */
export const templateChannels = ['rcs', 'whatsapp'] as const;

export type TemplateChannel = (typeof templateChannels)[number];

/** What became of a template in review; `unknown` where the gateway does not tell. */
export const templateStatuses = ['approved', 'pending', 'rejected', 'unknown'] as const;

export type TemplateStatus = (typeof templateStatuses)[number];

export function isChannelWithTemplates(channel: ChannelName): channel is TemplateChannel {
  return channel !== 'sms';
}
