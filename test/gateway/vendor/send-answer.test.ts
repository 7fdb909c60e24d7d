import { expect, test } from 'vitest';
import { readSend } from '../../../src/gateway/vendor/send-answer.ts';
import type { ChannelName } from '../../../src/message/channels/channel.ts';
import type { Phone } from '../../../src/message/phone.ts';

const read = (answer: unknown, chain: readonly ChannelName[] = ['sms']) =>
  readSend(answer, { id: 'order-1', to: '+393901234567' as Phone, message: { chain } });
const all = ['whatsapp', 'rcs', 'sms'] as const;
const accepted = { kind: 'accepted', gatewayId: null, channel: 'sms', simulation: false };

test.each<[what: string, answer: unknown, chain: readonly ChannelName[], outcome: unknown]>([
  [
    'parts and encoding as the gateway counts them',
    { messageId: 'order-1', results: { sms: { accepted: true, unicode: true, parts: 3, reasons: [] } } },
    ['sms'],
    { ...accepted, size: { parts: 3, encoding: 'ucs2' } },
  ],
  [
    'the channel that took the message',
    { messageId: 'order-1', results: { rcs: { accepted: true } } },
    ['sms'],
    { ...accepted, channel: 'rcs' },
  ],
  [
    'an id of its own',
    { messageId: 'm-9', results: { sms: { accepted: true } } },
    ['sms'],
    { ...accepted, gatewayId: 'm-9' },
  ],
  [
    'no results',
    { messageId: 'order-1', simulation: true, results: {} },
    ['sms'],
    { ...accepted, channel: null, simulation: true },
  ],
  [
    'several channels, the first of which took it',
    {
      messageId: 'order-1',
      results: { sms: { accepted: true }, whatsapp: { accepted: true }, rcs: { accepted: true } },
    },
    all,
    { ...accepted, channel: 'whatsapp' },
  ],
  [
    'a later channel, after rejections',
    {
      messageId: 'order-1',
      results: {
        sms: { accepted: true, unicode: false, parts: 1 },
        rcs: { accepted: false, reasons: [{ message: 'no agent' }, { code: 7 }] },
        whatsapp: { accepted: false, reasons: [] },
      },
    },
    all,
    {
      ...accepted,
      channel: 'sms',
      size: { parts: 1, encoding: 'gsm7' },
      rejected: [
        { channel: 'whatsapp', reason: 'rejected without a reason' },
        { channel: 'rcs', reason: expect.stringContaining('no agent') },
      ],
    },
  ],
  [
    'a rejection',
    { messageId: 'order-1', results: { sms: { accepted: false, reasons: ['no credit', 'closed'] } } },
    ['sms'],
    { kind: 'refused', reason: 'no credit, closed' },
  ],
  [
    'a rejection without a reason',
    { results: { sms: { accepted: false, reasons: [] } } },
    ['sms'],
    { kind: 'refused', reason: 'rejected without a reason' },
  ],
  [
    'a size that cannot be',
    { messageId: 'order-1', results: { sms: { accepted: true, unicode: false, parts: 0 } } },
    ['sms'],
    accepted,
  ],
  ['neither results nor an id', { simulation: false }, ['sms'], undefined],
  ['a result that says nothing', { messageId: 'order-1', results: { sms: {} } }, ['sms'], undefined],
  ['a list', [], ['sms'], undefined],
])('reads %s', (_, answer, chain, outcome) => {
  expect(read(answer, chain)).toEqual(outcome);
});
