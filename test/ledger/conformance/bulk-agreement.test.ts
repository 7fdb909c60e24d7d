import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { BulkRun, ClaimedRow, Ledger } from '../../../src/ledger/api.ts';
import { bulkId, rowId } from '../../../src/message/bulk.ts';
import { currentChannel, type Delivery, isFinal, statusOf } from '../../../src/message/delivery.ts';
import type { Event, Status } from '../../../src/message/event.ts';
import { freshLedgerPath, openPlainLedger } from '../../support/ledgers.ts';
import { bulkRows, bulkSpec, chainMessage } from '../../support/messages.ts';

/**
 * A row may be in a claim, in an outcome of its own, in both or in neither. Lookups, lists, counts and
 * searches for unsettled rows must agree in every case.
 */

// More rows than a page, so that a page ends within a claim.
const rows = 700;
const id = bulkId('0193b2c4-7f1e-7c3a-9d21-5e8f1a2b3c4d');

async function createLedger(): Promise<Ledger> {
  const ledger = await openPlainLedger(freshLedgerPath());
  await ledger.bulks.begin(bulkSpec({ id, common: chainMessage }));
  const own = (index: number) => (index % 50 === 0 ? `own-${index + 1}` : null);
  await ledger.bulks.add(
    id,
    bulkRows(rows, (index) => ({ message: chainMessage, id: own(index) })),
  );
  await ledger.bulks.seal(id, 'f');
  return ledger;
}

const getId = (row: number) => (row % 50 === 1 ? `own-${row}` : rowId(id, row));

type Step =
  | { do: 'claim'; most: number }
  /** Number of rows in flight to settle, from the front or the back. */
  | {
      do: 'answer';
      many: number;
      back: boolean;
      kind: 'taken' | 'rcs' | 'simulated' | 'refused' | 'doubt' | 'unsent';
    }
  /** A receipt, before or after the response. */
  | { do: 'receipt'; row: number; status: 'delivered' | 'undelivered' | 'sent' }
  | { do: 'optOut'; row: number }
  | { do: 'die' };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('claim' as const), most: fc.integer({ min: 1, max: 300 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('answer' as const),
      many: fc.integer({ min: 1, max: 250 }),
      back: fc.boolean(),
      kind: fc.constantFrom('taken', 'taken', 'taken', 'rcs', 'simulated', 'refused', 'doubt', 'unsent'),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('receipt' as const),
      row: fc.integer({ min: 1, max: rows }),
      status: fc.constantFrom('delivered', 'undelivered', 'sent'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('optOut' as const), row: fc.integer({ min: 1, max: rows }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('die' as const) }) },
);

function toEvent(kind: Extract<Step, { do: 'answer' }>['kind'], row: number, at: number): Event {
  const gatewayId = row % 7 === 0 ? null : `msg "${row}"`;
  switch (kind) {
    case 'taken':
    case 'rcs':
    case 'simulated':
      return {
        kind: 'accepted',
        at,
        channel: kind === 'rcs' ? 'rcs' : 'whatsapp',
        gatewayId,
        simulation: kind === 'simulated',
      };
    case 'refused':
    case 'doubt':
    case 'unsent':
      return { kind, at, reason: 'since' };
  }
}

async function collect<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

async function assertAgreement(ledger: Ledger): Promise<void> {
  const { bulks } = ledger;
  const listed = await collect(bulks.rows(id));
  expect(listed.map(({ row }) => row)).toEqual(Array.from({ length: rows }, (_, index) => index + 1));
  const deliveries = listed.map(({ delivery }) => delivery);
  for (const row of [1, 2, 350, 500, 501, 700])
    expect(await ledger.find(getId(row))).toEqual(deliveries[row - 1]);

  const tally = new Map<string, number>();
  for (const one of deliveries) {
    const as = [currentChannel(one), statusOf(one), isFinal(one)].join();
    tally.set(as, (tally.get(as) ?? 0) + 1);
  }
  const counted = new Map<string, number>();
  for (const { channel, status, final, count } of await bulks.counts(id)) {
    const as = [channel, status, final].join();
    counted.set(as, (counted.get(as) ?? 0) + count);
  }
  expect(counted).toEqual(tally);

  const isIn = (...phases: Delivery['phase'][]) =>
    deliveries.filter(({ phase }) => phases.includes(phase)).length;
  expect(await bulks.countUnsettled(id)).toEqual({ queued: isIn('queued'), doubt: isIn('sending', 'doubt') });

  for (const statuses of [
    ['submitted'],
    ['queued', 'unknown'],
    ['undelivered', 'rejected', 'delivered'],
  ] as Status[][]) {
    const some = deliveries.filter((one) => statuses.includes(statusOf(one)));
    expect(await collect(bulks.deliveries(id, { statuses }))).toEqual(some);
    expect(await ledger.list({ bulk: id, statuses, limit: 30 })).toEqual(some.toReversed().slice(0, 30));
  }
  const open = deliveries.filter((one) => !isFinal(one) && one.phase === 'accepted');
  const attempted = await collect(bulks.deliveries(id, { open: true, attempted: true }));
  expect(attempted.filter(({ phase }) => phase === 'accepted')).toEqual(open);
  const named = deliveries.find(({ gatewayId }) => gatewayId !== null);
  if (named?.gatewayId) expect(await ledger.find(named.gatewayId)).toEqual(named);
}

test('all queries agree about a row after any sequence of events', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      const ledger = await createLedger();
      let run: BulkRun = await ledger.bulks.take(id, 'me:0', 7);
      let inFlight: ClaimedRow[] = [];
      let at = 10;
      try {
        for (const one of steps) {
          at++;
          switch (one.do) {
            case 'claim': {
              const { claimed } = await run.commitAndClaim([], one.most, at);
              inFlight.push(...claimed);
              break;
            }
            case 'answer': {
              const some = one.back ? inFlight.splice(-one.many) : inFlight.splice(0, one.many);
              await run.commitAndClaim(
                some.map((target) => ({ target, event: toEvent(one.kind, target.row, at) })),
                0,
                at,
              );
              for (const { delivery } of some) expect(await ledger.find(delivery.plan.id)).toEqual(delivery);
              break;
            }
            case 'receipt': {
              const { status } = one;
              const event: Event = { kind: 'receipt', channel: 'whatsapp', status, reason: null, at };
              await ledger.append([{ id: getId(one.row), event }]);
              break;
            }
            case 'optOut':
              await ledger.optOuts.add([
                { phone: `+39347100${999 + one.row}`, at, source: 'told', note: null },
              ]);
              break;
            case 'die':
              await run.release();
              inFlight = [];
              run = await ledger.bulks.take(id, `me:${at}`, at);
          }
        }
        await assertAgreement(ledger);
      } finally {
        await run.release();
        await ledger.close();
      }
    }),
    { numRuns: 25 },
  );
});
