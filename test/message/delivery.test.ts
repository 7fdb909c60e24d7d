import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { buildChain, type ChannelName, channelNames } from '../../src/message/channels/channel.ts';
import {
  applyEvent,
  type Delivery,
  displayAttempts,
  isFinal,
  newDelivery,
  reasonOf,
  statusOf,
} from '../../src/message/delivery.ts';
import type { Event, Receipt } from '../../src/message/event.ts';
import type { Plan } from '../../src/message/message.ts';
import type { Phone } from '../../src/message/phone.ts';

function createPlan(chain: readonly ChannelName[]): Plan {
  const message = { chain, text: 'Hello', template: null, variables: {}, sender: null, simulation: false };
  return { id: 'm1', to: '+393901234567' as Phone, message };
}

const applyAll = (chain: readonly ChannelName[], events: readonly Event[]): Delivery =>
  events.reduce(applyEvent, newDelivery(createPlan(chain), 0));

const intent: Event = { kind: 'intent', at: 1, owner: 'p1' };
const accepted = (channel: ChannelName = 'sms', simulation = false): Event => ({
  kind: 'accepted',
  at: 2,
  channel,
  gatewayId: 'g1',
  simulation,
});
const refused: Event = { kind: 'refused', at: 2, reason: 'opted out' };
const unsent: Event = { kind: 'unsent', at: 2, reason: 'connection refused' };
const inDoubt: Event = { kind: 'doubt', at: 2, reason: 'time-out' };
const receipt = (
  channel: ChannelName | null,
  status: Receipt['status'],
  at = 3,
  reason: string | null = null,
): Event => ({ kind: 'receipt', channel, status, at, reason });

const one = ['sms'] as const;
const fullChain = buildChain('whatsapp', true);

test.each<[string, readonly ChannelName[], Event[], string, boolean, string | null]>([
  ['new', one, [], 'queued', false, null],
  ['being sent', one, [intent], 'queued', false, null],
  ['not sent', one, [intent, unsent], 'queued', false, 'connection refused'],
  ['in doubt', one, [intent, inDoubt], 'unknown', false, 'time-out'],
  ['refused', one, [intent, refused], 'rejected', true, 'opted out'],
  ['accepted', one, [intent, accepted()], 'submitted', false, null],
  ['simulated', one, [intent, accepted('sms', true)], 'submitted', true, null],
  ['accepted after a retry', one, [intent, unsent, intent, accepted()], 'submitted', false, null],
  ['in doubt, resolved by a receipt', one, [intent, inDoubt, receipt('sms', 'sent')], 'sent', false, null],
  ['receipt before the response', one, [intent, receipt('sms', 'sent'), accepted()], 'sent', false, null],
  ['in doubt after a receipt', one, [intent, receipt('sms', 'sent'), inDoubt], 'sent', false, null],
  ['delivered', one, [intent, accepted(), receipt('sms', 'delivered')], 'delivered', true, null],
  ['unknown channel', one, [intent, accepted(), receipt(null, 'delivered')], 'delivered', true, null],
  [
    'late sent',
    one,
    [intent, accepted(), receipt('sms', 'delivered'), receipt('sms', 'sent', 9)],
    'delivered',
    true,
    null,
  ],
  [
    'failed',
    one,
    [intent, accepted(), receipt('sms', 'undelivered', 3, 'absent')],
    'undelivered',
    true,
    'absent',
  ],
  ['expired', one, [intent, accepted(), receipt('sms', 'expired')], 'expired', true, null],
  [
    'receipt that contradicts a failure',
    one,
    [intent, receipt('sms', 'undelivered', 3, 'absent'), receipt('sms', 'delivered', 4)],
    'delivered',
    true,
    null,
  ],
  [
    'read',
    ['rcs'],
    [intent, accepted('rcs'), receipt('rcs', 'delivered'), receipt('rcs', 'read', 4)],
    'read',
    true,
    null,
  ],
  [
    'failed on the first of three',
    fullChain,
    [intent, accepted('whatsapp'), receipt('whatsapp', 'undelivered', 3, 'no account')],
    'undelivered',
    false,
    'no account',
  ],
  [
    'next channel in progress',
    fullChain,
    [intent, accepted('whatsapp'), receipt('whatsapp', 'undelivered'), receipt('rcs', 'sent', 4)],
    'sent',
    false,
    null,
  ],
  [
    'failed on the last',
    fullChain,
    [intent, accepted('whatsapp'), receipt('sms', 'undelivered', 9, 'absent')],
    'undelivered',
    true,
    'absent',
  ],
  [
    'late receipt of the first',
    fullChain,
    [intent, accepted('whatsapp'), receipt('sms', 'undelivered', 9), receipt('whatsapp', 'delivered', 10)],
    'delivered',
    true,
    null,
  ],
  [
    'failed outside the chain',
    ['rcs'],
    [intent, accepted('rcs'), receipt('sms', 'undelivered', 9, 'absent')],
    'undelivered',
    true,
    'absent',
  ],
])('%s', (_, chain, events, status, final, reason) => {
  const delivery = applyAll(chain, events);
  expect({ status: statusOf(delivery), final: isFinal(delivery), reason: reasonOf(delivery) }).toEqual({
    status,
    final,
    reason,
  });
});

test('returns the same object for an event without news', () => {
  const events = [intent, accepted(), receipt('sms', 'delivered')];
  const delivery = applyAll(one, events);
  for (const event of [
    accepted(),
    inDoubt,
    unsent,
    refused,
    receipt('sms', 'delivered'),
    receipt('sms', 'sent', 9),
  ])
    expect(applyEvent(delivery, event)).toBe(delivery);
});

test('treats an earlier channel without receipts as fallen back', () => {
  const delivery = applyAll(fullChain, [intent, accepted('whatsapp'), receipt('sms', 'delivered', 9)]);
  expect(displayAttempts(delivery)).toEqual([
    { channel: 'whatsapp', status: 'undelivered', reason: 'fell back', at: 9 },
    { channel: 'sms', status: 'delivered', reason: null, at: 9 },
  ]);
});

test('keeps a simulation that a receipt overtook', () => {
  const validated: Event = { kind: 'accepted', at: 4, channel: 'sms', gatewayId: null, simulation: true };
  expect(applyAll(one, [intent, receipt('sms', 'submitted'), validated]).simulation).toBe(true);
});

const anyReceipt = (channel: fc.Arbitrary<ChannelName | null>): fc.Arbitrary<Event> =>
  fc.record(
    {
      kind: fc.constant('receipt' as const),
      channel,
      status: fc.constantFrom(
        'submitted',
        'unknown',
        'sent',
        'received',
        'undelivered',
        'expired',
        'delivered',
        'read',
      ),
      reason: fc.constantFrom(null, 'absent', 'no route'),
      at: fc.integer({ min: 1, max: 5 }),
      part: fc.record({ number: fc.integer({ min: 1, max: 3 }), of: fc.constant(3) }),
    },
    { requiredKeys: ['kind', 'channel', 'status', 'reason', 'at'] },
  );

/** Generates events, and the same events in another order with duplicates. */
const twoOrders = (channel: fc.Arbitrary<ChannelName | null>, first: ChannelName) =>
  fc
    .array(anyReceipt(channel), { maxLength: 6 })
    .map((receipts) => [accepted(first), ...receipts])
    .chain((events) =>
      fc.tuple(
        fc.constant(events),
        fc
          .array(fc.constantFrom(...events), { maxLength: 4 })
          .chain((again) =>
            fc.shuffledSubarray([...events, ...again], { minLength: events.length + again.length }),
          ),
      ),
    );

function summarize(delivery: Delivery): object {
  const { attempts, gatewayId, simulation } = delivery;
  return {
    attempts,
    gatewayId,
    simulation,
    status: statusOf(delivery),
    reason: reasonOf(delivery),
    final: isFinal(delivery),
  };
}

test.each([
  ['whatsapp', true],
  ['rcs', true],
  ['sms', false],
  ['rcs', false],
] as const)(
  'receipts in any order and with duplicates have the same outcome: from %s, fallback %s',
  (first, fallback) => {
    const chain = buildChain(first, fallback);
    fc.assert(
      fc.property(twoOrders(fc.constantFrom(...channelNames), first), ([events, others]) => {
        expect(summarize(applyAll(chain, [intent, ...others]))).toEqual(
          summarize(applyAll(chain, [intent, ...events])),
        );
      }),
      { numRuns: 1000 },
    );
  },
);

test('does not require the channel of a receipt if there is only one', () => {
  fc.assert(
    fc.property(twoOrders(fc.constantFrom(null, 'sms'), 'sms'), ([events, others]) => {
      expect(summarize(applyAll(one, [intent, ...others]))).toEqual(
        summarize(applyAll(one, [intent, ...events])),
      );
    }),
    { numRuns: 1000 },
  );
});

describe('an SMS with receipts for its parts', () => {
  const part = (
    number: number,
    status: Receipt['status'],
    at: number,
    reason: string | null = null,
  ): Event => ({
    kind: 'receipt',
    channel: 'sms',
    status,
    reason,
    at,
    part: { number, of: 3 },
  });
  const displayStatus = (...events: Event[]) => {
    const delivery = applyAll(one, [intent, accepted('sms'), ...events]);
    return [statusOf(delivery), isFinal(delivery), reasonOf(delivery)];
  };

  test.for([
    ['one part arrived', [part(1, 'delivered', 5)], ['received', false, null]],
    [
      'all are',
      [part(3, 'delivered', 5), part(1, 'delivered', 6), part(2, 'delivered', 4)],
      ['delivered', true, null],
    ],
    [
      'duplicate part',
      [part(1, 'delivered', 5), part(1, 'delivered', 5), part(2, 'delivered', 6)],
      ['received', false, null],
    ],
    [
      'failed part',
      [part(1, 'delivered', 5), part(2, 'undelivered', 6, 'absent')],
      ['undelivered', true, 'absent'],
    ],
    [
      'receipt for the whole message',
      [part(2, 'undelivered', 6), receipt('sms', 'delivered')],
      ['delivered', true, null],
    ],
  ] as const)('%s', ([, events, expected]) => {
    expect(displayStatus(...events)).toEqual(expected);
    expect(displayStatus(...events.toReversed())).toEqual(expected);
  });
});
