import type { ChannelName } from './channel.ts';

/** Capabilities of one channel, from the vendor's channel guide (`documentation/guides/channels`). */
export interface ChannelFacts {
  richMedia: string;
  templates: string;
  approval: string;
  devices: string;
  /** Share of phones reached, in percent. */
  reach: number;
  twoWay: boolean;
  cost: 'lowest' | 'medium' | 'highest';
  engagement: 'low' | 'medium' | 'highest';
  /** True if free-form text is limited to the 24 hours after the customer last wrote. */
  window: boolean;
  goodFor: string;
}

export const channelFacts = {
  sms: {
    richMedia: 'no, plain text',
    templates: 'not required',
    approval: 'nobody',
    devices: 'every phone',
    reach: 100,
    twoWay: true,
    cost: 'lowest',
    engagement: 'low',
    window: false,
    goodFor: 'maximum reach, transactional alerts and confirmations, backup of the other channels',
  },
  rcs: {
    richMedia: 'images, videos, buttons',
    templates: 'required, approved',
    approval: 'carrier review',
    devices: 'Android only; SMS on the others',
    reach: 70,
    twoWay: true,
    cost: 'medium',
    engagement: 'medium',
    window: false,
    goodFor: 'Android users, buttons and quick replies, images',
  },
  whatsapp: {
    richMedia: 'images, videos, documents',
    templates: 'required outside the 24-hour window',
    approval: 'Meta',
    devices: 'all platforms, recipient opted in',
    reach: 60,
    twoWay: true,
    cost: 'highest',
    engagement: 'highest',
    window: true,
    goodFor: 'premium customers, service and support, two-way talks, rich media',
  },
} satisfies Record<ChannelName, ChannelFacts>;
