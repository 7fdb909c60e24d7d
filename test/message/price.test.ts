import fc from 'fast-check';
import { expect, test } from 'vitest';
import { applyEvent, newDelivery, priceOf, sizeOf } from '../../src/message/delivery.ts';
import type { Event } from '../../src/message/event.ts';
import { message, plan } from '../support/messages.ts';

const start = newDelivery(plan('a', { message }), 0);
const fold = (events: readonly Event[]) => events.reduce(applyEvent, start);
const receipt = (part: object): Event =>
  ({ kind: 'receipt', channel: 'sms', status: 'delivered', reason: null, at: 1, ...part }) as Event;

test.each<[what: string, receipts: object[], price: number | null]>([
  ['none', [{}], null],
  ['of the message', [{ price: 0.035 }], 0.035],
  [
    'of each part',
    [
      { price: 0.1, part: { number: 1, of: 2 } },
      { price: 0.2, part: { number: 2, of: 2 } },
    ],
    0.3,
  ],
  ['told again', [{ price: 0.035 }, { price: 0.035 }], 0.035],
  ['zero', [{ price: 0 }], 0],
  ['of two channels', [{ channel: 'rcs', status: 'undelivered', price: 0.06 }, { price: 0.04 }], 0.1],
  ['in a receipt that is late', [{ status: 'delivered' }, { status: 'sent', price: 0.035 }], 0.035],
])('price %s', (_, receipts, price) => {
  expect(priceOf(fold(receipts.map(receipt)))).toBe(price);
});

test('prices and statuses do not depend on the order of receipts', () => {
  const one = fc.record({
    channel: fc.constantFrom('sms', 'rcs'),
    status: fc.constantFrom('sent', 'delivered', 'undelivered', 'expired'),
    at: fc.integer({ min: 1, max: 3 }),
    price: fc.option(fc.constantFrom(0.01, 0.02), { nil: undefined }),
    part: fc.option(fc.constantFrom({ number: 1, of: 2 }, { number: 2, of: 2 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(
      fc
        .array(one, { maxLength: 6 })
        .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length }))),
      ([list, shuffled]) => {
        const states = [list, shuffled].map((receipts) => fold(receipts.map(receipt)));
        expect(states[1]?.attempts).toEqual(states[0]?.attempts);
      },
    ),
  );
});

test('the size that the gateway counted replaces ours', () => {
  const accepted: Event = { kind: 'accepted', at: 1, channel: 'sms', gatewayId: null, simulation: false };
  expect(sizeOf(fold([accepted]))).toMatchObject({ parts: 1, encoding: 'gsm7' });
  const size = { parts: 3, encoding: 'ucs2' } as const;
  expect(sizeOf(fold([{ ...accepted, size }]))).toEqual(size);
});

test('channels that the gateway rejected come before the one that took the message', () => {
  const chained = newDelivery(plan('b', { message: { ...message, chain: ['whatsapp', 'rcs', 'sms'] } }), 0);
  const after = applyEvent(chained, {
    kind: 'accepted',
    at: 1,
    channel: 'sms',
    gatewayId: null,
    simulation: false,
    rejected: [
      { channel: 'rcs', reason: 'no agent' },
      { channel: 'whatsapp', reason: 'no number' },
    ],
  });
  expect(after.attempts.map(({ channel, status, reason }) => [channel, status, reason])).toEqual([
    ['whatsapp', 'rejected', 'no number'],
    ['rcs', 'rejected', 'no agent'],
    ['sms', 'submitted', null],
  ]);
});
