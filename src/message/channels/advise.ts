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
    needs: 'the recipient’s opt-in, and a template approved by Meta outside of the 24 hours after they wrote',
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
    'free-form text may go out for 24 hours after a customer wrote, and people answer there most',
  ],
  [({ freeForm }) => freeForm, 'sms', 'it is the only channel that takes any text at any time'],
  [
    ({ reach }) => reach,
    'chain',
    'WhatsApp, then RCS, then SMS, until one succeeds, reaches most people the best way they can be',
  ],
  [
    ({ rich, twoWay }) => rich && twoWay,
    'whatsapp',
    'it is the richest for talks, with the highest engagement',
  ],
  [
    ({ rich, android }) => rich && android,
    'rcs',
    'it shows images and buttons on Android, and falls back to SMS elsewhere',
  ],
  [
    ({ rich }) => rich,
    'rcs',
    'it shows images and buttons where it can without asking for an opt-in, and falls back to SMS elsewhere',
  ],
  [({ twoWay }) => twoWay, 'whatsapp', 'people answer there most, for service and support'],
  [({ android }) => android, 'rcs', 'on Android it engages more than SMS'],
  [() => true, 'sms', 'it reaches every phone, needs no approval and costs least'],
];

/** Returns the channel to use for these requirements, and the reason. */
export function advise(needs: Needs): Advice {
  const [, channel, because] = rules.find(([matches]) => matches(needs)) ?? [undefined, 'sms' as const, ''];
  return { ...adviceByChannel[channel], because };
}
