import type { ChannelName } from '../message/channels/channel.ts';

/** How an attempt ends: `after` seconds from its start; `read` says whether the person then opens it. */
export type Fate =
  | { status: 'delivered'; after: number; read: boolean }
  | { status: 'undelivered' | 'expired'; after: number; reason: string };

/** What the caller of a send gets. */
type Reply =
  | 'accepted'
  | 'invalid destination'
  | 'opted out'
  | 'limited once'
  | 'failing once'
  | 'cut'
  | 'late';

export interface Scenario {
  summary: string;
  reply: Reply;
  fates: Readonly<Record<ChannelName, Fate>>;
  /** Whether free-form WhatsApp is refused until the person has written. */
  windowClosed: boolean;
}

const read: Fate = { status: 'delivered', after: 2, read: true };
const unread: Fate = { status: 'delivered', after: 2, read: false };
const late: Fate = { status: 'delivered', after: 60, read: true };
const expired: Fate = { status: 'expired', after: 3, reason: 'validity period over' };
const failed = (reason: string): Fate => ({ status: 'undelivered', after: 2, reason });

const notOnWhatsapp = failed('not on WhatsApp');
const noRcsDevice = failed('no RCS device');
const unreachable = failed('handset unreachable');

const usual: Scenario = {
  summary: 'delivered; on WhatsApp and RCS then read',
  reply: 'accepted',
  fates: { whatsapp: read, rcs: read, sms: unread },
  windowClosed: false,
};

const fated = (summary: string, fates: Partial<Record<ChannelName, Fate>>): Scenario => ({
  ...usual,
  summary,
  fates: { ...usual.fates, ...fates },
});
const replied = (reply: Reply, summary: string): Scenario => ({ ...usual, reply, summary });

/** What happens to a message, by the last four digits of its destination. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  '0001': fated('not on WhatsApp; RCS and SMS arrive', { whatsapp: notOnWhatsapp }),
  '0002': fated('neither WhatsApp nor RCS; SMS arrives', { whatsapp: notOnWhatsapp, rcs: noRcsDevice }),
  '0003': fated('undelivered on every channel', {
    whatsapp: notOnWhatsapp,
    rcs: noRcsDevice,
    sms: unreachable,
  }),
  '0004': fated('expires on every channel', { whatsapp: expired, rcs: expired, sms: expired }),
  '0005': fated('delivered and never read', { whatsapp: unread, rcs: unread }),
  '0006': replied('invalid destination', '400: destination invalid'),
  '0007': replied('opted out', 'not accepted: opted out'),
  '0008': replied('limited once', 'first try 429, then as usual'),
  '0009': replied('failing once', 'first try 500 without accepting, then as usual'),
  '0010': replied('cut', 'accepted, and the connection is cut before the answer'),
  '0011': replied('late', 'accepted, the answer takes 20 s'),
  '0012': fated('delivered after 60 s', { whatsapp: late, rcs: late, sms: { ...late, read: false } }),
  '0024': { ...usual, summary: 'free-form WhatsApp refused until they write', windowClosed: true },
};

/** The scenario of a destination in E.164. */
export function scenarioOf(phoneNumber: string): Scenario {
  return scenarios[phoneNumber.slice(-4)] ?? usual;
}
