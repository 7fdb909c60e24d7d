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

function planned(chain: readonly ChannelName[]): Plan {
  const message = { chain, text: 'Hello', template: null, variables: {}, sender: null, simulation: false };
  return { id: 'm1', to: '+393901234567' as Phone, message };
}

const folded = (chain: readonly ChannelName[], events: readonly Event[]): Delivery =>
  events.reduce(applyEvent, newDelivery(planned(chain), 0));

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
const doubt: Event = { kind: 'doubt', at: 2, reason: 'time-out' };
const receipt = (
  channel: ChannelName | null,
  status: Receipt['status'],
  at = 3,
  reason: string | null = null,
): Event => ({ kind: 'receipt', channel, status, at, reason });

const one = ['sms'] as const;
const all = buildChain('whatsapp', true);

test.each<[string, readonly ChannelName[], Event[], string, boolean, string | null]>([
  ['begun', one, [], 'queued', false, null],
  ['on its way out', one, [intent], 'queued', false, null],
  ['never left', one, [intent, unsent], 'queued', false, 'connection refused'],
  ['in doubt', one, [intent, doubt], 'unknown', false, 'time-out'],
  ['refused', one, [intent, refused], 'rejected', true, 'opted out'],
  ['accepted', one, [intent, accepted()], 'submitted', false, null],
  ['simulated', one, [intent, accepted('sms', true)], 'submitted', true, null],
  ['tried again after it never left', one, [intent, unsent, intent, accepted()], 'submitted', false, null],
  ['a doubt that a receipt settles', one, [intent, doubt, receipt('sms', 'sent')], 'sent', false, null],
  ['a receipt before the answer', one, [intent, receipt('sms', 'sent'), accepted()], 'sent', false, null],
  ['a doubt after a receipt', one, [intent, receipt('sms', 'sent'), doubt], 'sent', false, null],
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
    'there after all',
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
    all,
    [intent, accepted('whatsapp'), receipt('whatsapp', 'undelivered', 3, 'no account')],
    'undelivered',
    false,
    'no account',
  ],
  [
    'next in play',
    all,
    [intent, accepted('whatsapp'), receipt('whatsapp', 'undelivered'), receipt('rcs', 'sent', 4)],
    'sent',
    false,
    null,
  ],
  [
    'failed on the last',
    all,
    [intent, accepted('whatsapp'), receipt('sms', 'undelivered', 9, 'absent')],
    'undelivered',
    true,
    'absent',
  ],
  [
    'first arrived late',
    all,
    [intent, accepted('whatsapp'), receipt('sms', 'undelivered', 9), receipt('whatsapp', 'delivered', 10)],
    'delivered',
    true,
    null,
  ],
  [
    'failed beyond the chain',
    ['rcs'],
    [intent, accepted('rcs'), receipt('sms', 'undelivered', 9, 'absent')],
    'undelivered',
    true,
    'absent',
  ],
])('%s', (_, chain, events, status, final, reason) => {
  const delivery = folded(chain, events);
  expect({ status: statusOf(delivery), final: isFinal(delivery), reason: reasonOf(delivery) }).toEqual({
    status,
    final,
    reason,
  });
});

test('an event without news returns the same object', () => {
  const events = [intent, accepted(), receipt('sms', 'delivered')];
  const delivery = folded(one, events);
  for (const event of [
    accepted(),
    doubt,
    unsent,
    refused,
    receipt('sms', 'delivered'),
    receipt('sms', 'sent', 9),
  ])
    expect(applyEvent(delivery, event)).toBe(delivery);
});

test('an earlier channel left without a word counts as fallen back', () => {
  const delivery = folded(all, [intent, accepted('whatsapp'), receipt('sms', 'delivered', 9)]);
  expect(displayAttempts(delivery)).toEqual([
    { channel: 'whatsapp', status: 'undelivered', reason: 'fell back', at: 9 },
    { channel: 'sms', status: 'delivered', reason: null, at: 9 },
  ]);
});

test('a validation that a receipt overtook is still one', () => {
  const validated: Event = { kind: 'accepted', at: 4, channel: 'sms', gatewayId: null, simulation: true };
  expect(folded(one, [intent, receipt('sms', 'submitted'), validated]).simulation).toBe(true);
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

/** Some events, and the same events in another order with some of them doubled. */
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

function outcome(delivery: Delivery): object {
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
] as const)('receipts in any order and doubled come to the same: from %s, fallback %s', (first, fallback) => {
  const chain = buildChain(first, fallback);
  fc.assert(
    fc.property(twoOrders(fc.constantFrom(...channelNames), first), ([events, others]) => {
      expect(outcome(folded(chain, [intent, ...others]))).toEqual(
        outcome(folded(chain, [intent, ...events])),
      );
    }),
    { numRuns: 1000 },
  );
});

test('where there is one channel, it need not be named', () => {
  fc.assert(
    fc.property(twoOrders(fc.constantFrom(null, 'sms'), 'sms'), ([events, others]) => {
      expect(outcome(folded(one, [intent, ...others]))).toEqual(outcome(folded(one, [intent, ...events])));
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
  const stands = (...events: Event[]) => {
    const delivery = folded(one, [intent, accepted('sms'), ...events]);
    return [statusOf(delivery), isFinal(delivery), reasonOf(delivery)];
  };

  test.for([
    ['one part is there', [part(1, 'delivered', 5)], ['received', false, null]],
    [
      'all are',
      [part(3, 'delivered', 5), part(1, 'delivered', 6), part(2, 'delivered', 4)],
      ['delivered', true, null],
    ],
    [
      'one is doubled',
      [part(1, 'delivered', 5), part(1, 'delivered', 5), part(2, 'delivered', 6)],
      ['received', false, null],
    ],
    [
      'one did not arrive',
      [part(1, 'delivered', 5), part(2, 'undelivered', 6, 'absent')],
      ['undelivered', true, 'absent'],
    ],
    [
      'the gateway says of the whole that it arrived',
      [part(2, 'undelivered', 6), receipt('sms', 'delivered')],
      ['delivered', true, null],
    ],
  ] as const)('%s', ([, events, expected]) => {
    expect(stands(...events)).toEqual(expected);
    expect(stands(...events.toReversed())).toEqual(expected);
  });
});
