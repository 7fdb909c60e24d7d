/** Channels in the order in which the gateway falls back: the most expensive and richest first. */
export const channelNames = ['whatsapp', 'rcs', 'sms'] as const;

export type ChannelName = (typeof channelNames)[number];

/** Names of the channels in sentences. */
export const channelTitles: Readonly<Record<ChannelName, string>> = {
  whatsapp: 'WhatsApp',
  rcs: 'RCS',
  sms: 'SMS',
};

/** Describes channels in the order in which they are tried: `WhatsApp, then RCS`. */
export function describeChain(chain: readonly ChannelName[]): string {
  return chain.map((channel) => channelTitles[channel]).join(', then ');
}

export function isChannelName(word: string): word is ChannelName {
  return (channelNames as readonly string[]).includes(word);
}

/** Returns the channels of a message that starts at `first`: only that one, or with `fallback` all later ones too. */
export function buildChain(first: ChannelName, fallback: boolean): ChannelName[] {
  const start = channelNames.indexOf(first);
  return channelNames.slice(start, fallback ? undefined : start + 1);
}

/** Channels that have templates. */
export const templateChannels = ['rcs', 'whatsapp'] as const;

export type TemplateChannel = (typeof templateChannels)[number];

/** Results of a template's review; `unknown` if the gateway does not report one. */
export const templateStatuses = ['approved', 'pending', 'rejected', 'unknown'] as const;

export type TemplateStatus = (typeof templateStatuses)[number];

export function hasTemplates(channel: ChannelName): channel is TemplateChannel {
  return channel !== 'sms';
}
