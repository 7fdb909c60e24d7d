import type { ChannelName } from './channel.ts';

/** What a message has to do. */
export interface Needs {
  /** Images, cards or buttons. */
  rich: boolean;
  /** Those who get it have Android phones. */
  android: boolean;
  /** It must arrive at as many as possible. */
  reach: boolean;
  /** Text as one writes it, without a template. */
  freeForm: boolean;
  /** People are to answer. */
  twoWay: boolean;
}

export interface Advice {
  channel: ChannelName | 'chain';
  because: string;
  /** What has to be there first. */
  needs: string;
}

const ways: Record<Advice['channel'], Omit<Advice, 'because'>> = {
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

/** The rules of the vendor's channel guide, the first that fits. */
const rules: readonly [fits: (needs: Needs) => boolean, channel: Advice['channel'], because: string][] = [
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

/** Which channel to use for what a message has to do, and why. */
export function advise(needs: Needs): Advice {
  const [, channel, because] = rules.find(([fits]) => fits(needs)) ?? [undefined, 'sms' as const, ''];
  return { ...ways[channel], because };
}
