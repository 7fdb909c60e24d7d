import type { ChannelName } from './channel.ts';

/** Requirements for a message. */
export interface Needs {
  /** True for images, cards or buttons. */
  rich: boolean;
  /** True if the recipients have Android phones. */
  android: boolean;
  /** True to reach as many people as possible. */
  reach: boolean;
  /** True for free-form text, without a template. */
  freeForm: boolean;
  /** True if people should reply. */
  twoWay: boolean;
}

export interface Advice {
  channel: ChannelName | 'chain';
  because: string;
  /** Prerequisite of the channel. */
  needs: string;
}

const adviceByChannel: Record<Advice['channel'], Omit<Advice, 'because'>> = {
  sms: { channel: 'sms', needs: 'nothing' },
  rcs: {
    channel: 'rcs',
    needs: 'a template approved by the carriers; the text is for phones without RCS',
  },
  whatsapp: {
    channel: 'whatsapp',
    needs:
      'the recipient’s opt-in, and a template approved by Meta unless they wrote within the last 24 hours',
  },
  chain: {
    channel: 'chain',
    needs: 'an approved template; the text is for SMS',
  },
};

/** Rules of the vendor's channel guide; the first one that matches applies. */
const rules: readonly [matches: (needs: Needs) => boolean, channel: Advice['channel'], because: string][] = [
  [
    ({ freeForm, twoWay, reach }) => freeForm && twoWay && !reach,
    'whatsapp',
    'free-form text is allowed for 24 hours after the customer’s last message, and people reply there most',
  ],
  [({ freeForm }) => freeForm, 'sms', 'the only channel that accepts any text at any time'],
  [({ reach }) => reach, 'chain', 'reaches the most people, each on the richest channel that succeeds'],
  [
    ({ rich, twoWay }) => rich && twoWay,
    'whatsapp',
    'the richest channel for conversations, with the highest engagement',
  ],
  [
    ({ rich, android }) => rich && android,
    'rcs',
    'shows images and buttons on Android, and falls back to SMS elsewhere',
  ],
  [({ rich }) => rich, 'rcs', 'shows images and buttons without an opt-in, and falls back to SMS elsewhere'],
  [({ twoWay }) => twoWay, 'whatsapp', 'people reply there most; good for service and support'],
  [({ android }) => android, 'rcs', 'higher engagement than SMS on Android'],
  [() => true, 'sms', 'reaches every phone, needs no approval and costs least'],
];

/** Returns the channel to use for these requirements, and the reason. */
export function advise(needs: Needs): Advice {
  const [, channel, because] = rules.find(([matches]) => matches(needs)) ?? [undefined, 'sms' as const, ''];
  return { ...adviceByChannel[channel], because };
}
