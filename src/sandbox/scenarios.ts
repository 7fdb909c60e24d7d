import type { ChannelName } from '../message/channels/channel.ts';

/** Outcome of an attempt, `after` seconds from its start; `read`: true if the recipient then opens the message. */
export type AttemptOutcome =
  | { status: 'delivered'; after: number; read: boolean }
  | { status: 'undelivered' | 'expired'; after: number; reason: string };

/** Response to a send. */
type SendReply =
  | 'accepted'
  | 'invalid destination'
  | 'opted out'
  | 'no credit'
  | 'limited once'
  | 'failing once'
  | 'cut'
  | 'late';

export interface Scenario {
  summary: string;
  reply: SendReply;
  outcomes: Readonly<Record<ChannelName, AttemptOutcome>>;
  /** True if free-form WhatsApp is rejected until the recipient has written. */
  windowClosed: boolean;
}

const read: AttemptOutcome = { status: 'delivered', after: 2, read: true };
const unread: AttemptOutcome = { status: 'delivered', after: 2, read: false };
const late: AttemptOutcome = { status: 'delivered', after: 60, read: true };
const expired: AttemptOutcome = { status: 'expired', after: 3, reason: 'validity period over' };
const failed = (reason: string): AttemptOutcome => ({ status: 'undelivered', after: 2, reason });

const notOnWhatsapp = failed('not on WhatsApp');
const noRcsDevice = failed('no RCS device');
const unreachable = failed('handset unreachable');

const defaultScenario: Scenario = {
  summary: 'delivered; on WhatsApp and RCS then read',
  reply: 'accepted',
  outcomes: { whatsapp: read, rcs: read, sms: unread },
  windowClosed: false,
};

const withOutcomes = (summary: string, outcomes: Partial<Record<ChannelName, AttemptOutcome>>): Scenario => ({
  ...defaultScenario,
  summary,
  outcomes: { ...defaultScenario.outcomes, ...outcomes },
});
const withReply = (reply: SendReply, summary: string): Scenario => ({ ...defaultScenario, reply, summary });

/** Scenarios by the last four digits of the recipient. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  '0001': withOutcomes('not on WhatsApp; RCS and SMS arrive', { whatsapp: notOnWhatsapp }),
  '0002': withOutcomes('neither WhatsApp nor RCS; SMS arrives', {
    whatsapp: notOnWhatsapp,
    rcs: noRcsDevice,
  }),
  '0003': withOutcomes('undelivered on every channel', {
    whatsapp: notOnWhatsapp,
    rcs: noRcsDevice,
    sms: unreachable,
  }),
  '0004': withOutcomes('expires on every channel', { whatsapp: expired, rcs: expired, sms: expired }),
  '0005': withOutcomes('delivered and never read', { whatsapp: unread, rcs: unread }),
  '0006': withReply('invalid destination', '400: destination invalid'),
  '0007': withReply('opted out', 'not accepted: opted out'),
  '0008': withReply('limited once', 'first try 429, then as usual'),
  '0009': withReply('failing once', 'first try 500 without accepting, then as usual'),
  '0010': withReply('cut', 'accepted, and the connection is cut before the answer'),
  '0011': withReply('late', 'accepted, the answer takes 20 s'),
  '0012': withOutcomes('delivered after 60 s', { whatsapp: late, rcs: late, sms: { ...late, read: false } }),
  '0013': withReply('no credit', 'not accepted: insufficient credit'),
  '0024': { ...defaultScenario, summary: 'free-form WhatsApp refused until they write', windowClosed: true },
};

/** Returns the scenario of a recipient in E.164. */
export function findScenario(phoneNumber: string): Scenario {
  return scenarios[phoneNumber.slice(-4)] ?? defaultScenario;
}
