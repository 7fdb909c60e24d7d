import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Ledger } from '../../../src/ledger/api.ts';
import type { Event } from '../../../src/message/event.ts';
import { emptyMessage } from '../../../src/message/message.ts';
import type { Phone } from '../../../src/message/phone.ts';
import { freshLedgerPath, openTestLedger } from '../../support/ledgers.ts';

const openFresh = () => openTestLedger(freshLedgerPath(), { durability: 'off' });

const now = 1_000_000;
const ada = '+393901234567';

/** Records what a person wrote at a time. */
const write = (
  ledger: Ledger,
  from: string,
  change: 'out' | 'in',
  at: number,
  key = `${from} ${change} ${at}`,
) =>
  ledger.events.record(
    [
      {
        event: {
          kind: 'inbound',
          inbound: {
            key,
            id: null,
            channel: 'sms',
            from,
            to: null,
            text: change,
            type: 'text',
            media: null,
            at,
          },
        },
        consent: { change, word: change },
      },
    ],
    [],
    now,
  );

const isOut = async (ledger: Ledger, phone = ada) => (await ledger.optOuts.findByPhone([phone])).has(phone);

/** Forms of a number of one person. */
const people = [
  ['+5511987654321', '+551187654321'],
  ['+525512345678', '+5215512345678'],
  ['+541123456789', '+5491123456789'],
] as const;

describe.each(
  people.flatMap(
    ([one, other]) =>
      [
        [one, other],
        [other, one],
      ] as const,
  ),
)('%s and %s', (one, other) => {
  test('are one person', async () => {
    const ledger = await openFresh();
    expect(await ledger.optOuts.add([{ phone: one, at: 5, source: 'told', note: null }])).toHaveLength(1);
    expect(await ledger.optOuts.add([{ phone: other, at: 6, source: 'told', note: null }])).toEqual([]);
    expect(await ledger.optOuts.addList([other, one], { at: 6, source: 'import', note: null })).toBe(0);
    expect(await ledger.optOuts.list()).toMatchObject([{ phone: one, at: 5 }]);
    expect([...(await ledger.optOuts.findByPhone([one, other])).keys()]).toEqual([one, other]);
    expect(await ledger.optOuts.remove([other], 7)).toMatchObject([{ phone: one }]);
    expect(await ledger.optOuts.list()).toEqual([]);
  });

  test('share what the person wrote', async () => {
    const ledger = await openFresh();
    await write(ledger, one, 'out', 10);
    expect(await isOut(ledger, other)).toBe(true);
    expect(await ledger.inbounds.lastByPhone([other], 'sms')).toEqual(new Map([[other, 10]]));
    expect(await ledger.inbounds.list({ phone: other })).toHaveLength(1);
    await write(ledger, other, 'in', 20);
    expect(await isOut(ledger, one)).toBe(false);
  });
});

describe('the time at which a person wrote decides', () => {
  test.each<[name: string, changes: [change: 'out' | 'in', at: number][], out: boolean]>([
    [
      'an older START after a newer STOP',
      [
        ['out', 20],
        ['in', 10],
      ],
      true,
    ],
    [
      'an older STOP after a newer START',
      [
        ['in', 20],
        ['out', 10],
      ],
      false,
    ],
    [
      'a newer START after an older STOP',
      [
        ['out', 10],
        ['in', 20],
      ],
      false,
    ],
    [
      'an older START after two STOPs',
      [
        ['out', 10],
        ['out', 30],
        ['in', 20],
      ],
      true,
    ],
    [
      'a newer START after two STOPs',
      [
        ['out', 10],
        ['out', 30],
        ['in', 40],
      ],
      false,
    ],
    [
      'STOP, START, STOP in another order',
      [
        ['in', 20],
        ['out', 10],
        ['out', 30],
      ],
      true,
    ],
    [
      'the same time, in the order of arrival',
      [
        ['out', 10],
        ['in', 10],
      ],
      false,
    ],
    [
      'a time in the future counts as now',
      [
        ['out', now + 5_000],
        ['in', now],
      ],
      false,
    ],
  ])('%s', async (_, changes, out) => {
    const ledger = await openFresh();
    for (const [change, at] of changes) await write(ledger, ada, change, at);
    expect(await isOut(ledger)).toBe(out);
  });

  test('in any order of any changes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(
          fc.record({ at: fc.integer({ min: 1, max: 99 }), change: fc.constantFrom('out', 'in') }),
          {
            selector: ({ at }) => at,
            minLength: 1,
            maxLength: 6,
          },
        ),
        async (changes) => {
          const ledger = await openFresh();
          for (const { change, at } of changes) await write(ledger, ada, change, at);
          const [latest] = [...changes].sort((a, b) => b.at - a.at);
          expect(await isOut(ledger)).toBe(latest?.change === 'out');
        },
      ),
      { numRuns: 40 },
    );
  });

  test('against what the user did', async () => {
    const ledger = await openFresh();
    await ledger.optOuts.add([{ phone: ada, at: 50, source: 'told', note: null }]);
    await write(ledger, ada, 'in', 40);
    expect(await isOut(ledger)).toBe(true);
    await ledger.optOuts.remove([ada], 60);
    await write(ledger, ada, 'out', 55);
    expect(await isOut(ledger)).toBe(false);
    await write(ledger, ada, 'out', 65);
    expect(await ledger.optOuts.list()).toMatchObject([{ phone: ada, at: 65, source: 'inbound' }]);
  });

  test('and a message that is reported twice changes nothing', async () => {
    const ledger = await openFresh();
    await write(ledger, ada, 'out', 10, 'one');
    await ledger.optOuts.remove([ada], 9);
    await write(ledger, ada, 'out', 10, 'one');
    expect(await isOut(ledger)).toBe(false);
  });
});

describe('a rejection', () => {
  const message = { ...emptyMessage(['sms']), text: 'hi' };
  const receipt = (reason: string | null, status: 'undelivered' | 'sent' = 'undelivered'): Event => ({
    kind: 'receipt',
    channel: 'sms',
    status,
    reason,
    at: 20,
  });

  test.each<[name: string, event: Event, out: boolean]>([
    ['whose reason says so', { kind: 'refused', at: 20, reason: 'Recipient has opted out' }, true],
    ['that names a list', { kind: 'refused', at: 20, reason: 'destination blacklisted' }, true],
    [
      'by its status code alone',
      { kind: 'refused', at: 20, reason: 'recipient blocked or opted out' },
      false,
    ],
    ['of another kind', { kind: 'refused', at: 20, reason: 'insufficient credit' }, false],
    ['in a receipt', receipt('user unsubscribed'), true],
    ['in a receipt, of another kind', receipt('handset unreachable'), false],
    ['in a receipt without a reason', receipt(null), false],
    ['in a receipt of no failure', receipt('unsubscribed', 'sent'), false],
  ])('%s', async (_, event, out) => {
    const ledger = await openFresh();
    await ledger.queue([{ id: 'a', to: ada as Phone, message }], 5, 'route');
    if (event.kind === 'receipt')
      await ledger.append([
        { id: 'a', event: { kind: 'accepted', at: 6, channel: 'sms', gatewayId: null, simulation: false } },
      ]);
    await ledger.append([{ id: 'a', event }]);
    expect(await isOut(ledger)).toBe(out);
    if (!out) return;
    expect(await ledger.optOuts.list()).toMatchObject([{ phone: ada, at: 20, source: 'gateway' }]);
    // They wrote later than it, though it became known first.
    await write(ledger, ada, 'in', 30);
    expect(await isOut(ledger)).toBe(false);
  });

  test('of an opted-out message here is no change of consent', async () => {
    const ledger = await openFresh();
    await ledger.queue([{ id: 'a', to: ada as Phone, message }], 5);
    await write(ledger, ada, 'out', 10);
    await ledger.claim({ id: 'a', to: ada as Phone, message }, 'route', 40);
    await write(ledger, ada, 'in', 30);
    expect(await isOut(ledger)).toBe(false);
  });
});
