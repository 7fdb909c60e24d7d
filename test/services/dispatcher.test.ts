import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Failure } from '../../src/errors.ts';
import type { RequestOutcome } from '../../src/gateway/gateway.ts';
import type { ClaimedRow, RowEvent } from '../../src/ledger/api.ts';
import { applyEvent, newDelivery } from '../../src/message/delivery.ts';
import type { Phone } from '../../src/message/phone.ts';
import type { Deps } from '../../src/services/deps.ts';
import { singlePolicy } from '../../src/services/dispatch/circuit-breaker.ts';
import { Dispatcher } from '../../src/services/dispatch/dispatcher.ts';
import type { MessageSource, SendChannel } from '../../src/services/dispatch/message-source.ts';
import { bulkPolicy } from '../../src/services/dispatch/send-bulk.ts';
import type { ReconcileResult } from '../../src/services/reconcile.ts';
import { VirtualTime } from '../sim/time.ts';

/** A gateway response: the outcome, whether the message was accepted, and the response time. */
interface Reply {
  kind: RequestOutcome['kind'];
  accept: boolean;
  ms: number;
}

const reply: fc.Arbitrary<Reply> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('accepted' as const),
      accept: fc.constant(true),
      ms: fc.nat(50),
    }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constantFrom('refused' as const, 'rateLimited' as const, 'notSent' as const),
      accept: fc.constant(false),
      ms: fc.nat(50),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('doubt' as const), accept: fc.boolean(), ms: fc.nat(50) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('fatal' as const),
      accept: fc.constant(false),
      ms: fc.nat(50),
    }),
  },
);

const scenario = fc.record({
  messages: fc.array(fc.array(reply, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 }),
  concurrency: fc.integer({ min: 1, max: 5 }),
  releasesUnsent: fc.boolean(),
  commitMs: fc.nat(20),
  /**
   * Whether a status request can prove that a message is absent, and after how many requests an accepted one
   * is listed.
   */
  proves: fc.boolean(),
  shownAfter: fc.nat(3),
  /** Number of changes after which the consumer stops; 0 for never. */
  stopsAfter: fc.oneof(fc.constant(0), fc.nat(6)),
  /** Time from the start of a request until its connection is ready. */
  connectMs: fc.nat(30),
  /** When the process wakes up after it stood still, and whether another machine took over its messages meanwhile. */
  freezes: fc.array(
    fc.record({
      at: fc.nat(200),
      isTakenOver: fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, fc.constant(true)),
    }),
    { maxLength: 4 },
  ),
});

type Scenario = typeof scenario extends fc.Arbitrary<infer T> ? T : never;

function toOutcome({ kind }: Reply): RequestOutcome {
  switch (kind) {
    case 'accepted':
      return { kind, gatewayId: null, channel: 'sms', simulation: false };
    case 'rateLimited':
      return { kind, wait: 300, reason: 'wait' };
    case 'fatal':
      return { kind, code: 'credentials.refused', reason: 'HTTP 401', hint: '' };
    default:
      return { kind, reason: kind };
  }
}

/** Runs a scenario and checks the invariants at each step. */
async function runScenario({
  messages,
  concurrency,
  releasesUnsent,
  commitMs,
  proves,
  shownAfter,
  stopsAfter,
  connectMs,
  freezes,
}: Scenario) {
  const time = new VirtualTime();
  const start = time.now;
  const rows = messages.map((_, row): ClaimedRow => {
    const message = {
      chain: ['sms' as const],
      text: 'hi',
      template: null,
      variables: {},
      sender: null,
      simulation: false,
    };
    return {
      row,
      claim: null,
      delivery: newDelivery({ id: `m${row}`, to: '+393901234567' as Phone, message }, 0),
    };
  });
  const acceptedRows = new Set<number>();
  const attemptCounts = new Map<number, number>();
  const queryCounts = new Map<number, number>();
  const sent = new Set<number>();
  let inFlight = 0;
  let recordedAcceptances = 0;
  let committing = false;
  let isStale = false;
  let isTakenOver = false;
  let confirming = false;
  for (const freeze of freezes)
    time.sleep(freeze.at).then(() => {
      isStale = true;
      isTakenOver ||= freeze.isTakenOver;
    });

  const source: MessageSource = {
    async commitAndClaim(events: readonly RowEvent[], max, at) {
      expect(committing).toBe(false);
      committing = true;
      await time.sleep(commitMs);
      for (const { target, event } of events) {
        // An outcome belongs to a claim or resolves a doubt.
        expect(['sending', 'doubt', 'accepted']).toContain(target.delivery.phase);
        target.delivery = applyEvent(target.delivery, event);
        if (event.kind === 'accepted') recordedAcceptances++;
      }
      const queued = rows.filter(({ delivery }) => delivery.phase === 'queued').slice(0, max);
      for (const row of queued) {
        const intent = {
          kind: 'intent' as const,
          at,
          owner: 'w',
          since: { boot: 'b', ms: time.now },
          route: 'r',
        };
        row.delivery = applyEvent(row.delivery, intent);
        sent.delete(row.row);
      }
      const unsent = rows.filter(({ row, delivery }) => delivery.phase === 'sending' && !sent.has(row));
      // Twice the concurrency, plus requests that were not sent.
      if (recordedAcceptances === 0) expect(unsent.length).toBeLessThanOrEqual(3 * concurrency);
      committing = false;
      return { claimed: queued, settled: [], stopped: false };
    },
    async *listDoubts() {},
    isStale: () => isStale,
    async confirm() {
      expect(isStale).toBe(true);
      expect(confirming).toBe(false);
      confirming = true;
      await time.sleep(commitMs);
      confirming = false;
      if (isTakenOver) throw new Failure('setup', 'ledger.unusable', 'taken over');
      isStale = false;
    },
  };

  const channel: SendChannel = {
    async send({ id }, mayLeave) {
      const row = Number(id.slice(1));
      expect(++inFlight).toBeLessThanOrEqual(concurrency);
      await time.sleep(connectMs);
      expect(mayLeave?.()).toBe(!isStale);
      if (isStale) {
        inFlight--;
        return { kind: 'withheld' };
      }
      // Claimed, and never sent while an earlier request may have been accepted.
      expect(rows[row]?.delivery.phase).toBe('sending');
      expect(sent.has(row)).toBe(false);
      expect(acceptedRows.has(row)).toBe(false);
      sent.add(row);
      const nth = attemptCounts.get(row) ?? 0;
      attemptCounts.set(row, nth + 1);
      const script = messages[row] ?? [];
      const next = script[nth] ?? { kind: 'accepted', accept: true, ms: 1 };
      if (next.accept) acceptedRows.add(row);
      await time.sleep(next.ms);
      inFlight--;
      if (next.kind !== 'accepted' && next.kind !== 'refused' && next.kind !== 'doubt') sent.delete(row);
      return toOutcome(next);
    },
    async reconcile(doubts) {
      await time.sleep(5);
      return new Map(
        doubts.map(({ plan }): [string, ReconcileResult] => {
          const row = Number(plan.id.slice(1));
          const queryCount = (queryCounts.get(row) ?? 0) + 1;
          queryCounts.set(row, queryCount);
          if (acceptedRows.has(row) && queryCount > shownAfter) {
            const event = {
              kind: 'accepted' as const,
              at: 1,
              channel: 'sms' as const,
              gatewayId: null,
              simulation: false,
              shown: true as const,
            };
            return [plan.id, { kind: 'accepted', events: [event] }];
          }
          if (!acceptedRows.has(row) && proves && queryCount > 2) {
            sent.delete(row);
            return [plan.id, { kind: 'absent' }];
          }
          const remainingMs = queryCount > 5 ? 0 : 1_000;
          return [plan.id, { kind: 'unproven', reason: 'no control', remainingMs }];
        }),
      );
    },
  };

  const clock: Deps['clock'] = {
    now: () => time.now,
    machine: 'm',
    boot: 'b',
    monotonic: () => time.now,
    sleep: (milliseconds) => time.sleep(milliseconds),
    checkpoint() {},
  };
  const options = {
    limits: () => null,
    concurrency,
    breaker: releasesUnsent ? singlePolicy : bulkPolicy,
    maxUnclearSends: 3,
    releasesUnsent,
  };
  const none = () => Promise.reject(new Error('no limit, no slots'));
  const bulks = { reserve: none, hold: none };
  const deps = { clock, ledger: { bulks, clock }, note() {} };
  const dispatcher = new Dispatcher(source, channel, options, deps);
  const reported = new Set<number>();
  let end: unknown;
  const run = async () => {
    let changes = 0;
    try {
      for await (const { changed } of dispatcher.run()) {
        for (const { row } of changed) reported.add(row);
        changes += changed.length;
        if (stopsAfter > 0 && changes >= stopsAfter) break;
      }
      end = 'done';
    } catch (cause) {
      end = cause;
    }
  };
  await Promise.all([run(), time.run(() => end !== undefined, 3_600_000)]);
  return {
    rows,
    end,
    acceptedRows,
    attemptCounts,
    reported,
    inFlight,
    isTakenOver,
    tookMs: time.now - start,
  };
}

test('no message is sent twice, lost or left claimed, for any order of outcomes', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const { rows, end, acceptedRows, inFlight, isTakenOver } = await runScenario(given);
      if (end !== 'done' && !(end instanceof Failure)) throw end;
      expect(inFlight).toBe(0);
      for (const { row, delivery } of rows) {
        // Returned or recorded: an abandoned claim would be in doubt.
        expect(['queued', 'accepted', 'refused', 'doubt']).toContain(delivery.phase);
        if (acceptedRows.has(row)) expect(['accepted', 'doubt']).toContain(delivery.phase);
        if (delivery.phase === 'accepted') expect(acceptedRows.has(row)).toBe(true);
        if (end === 'done' && given.stopsAfter === 0)
          expect(['accepted', 'refused']).toContain(delivery.phase);
      }
      if (end instanceof Failure && end.code === 'send.in-doubt')
        expect(rows.some(({ delivery }) => delivery.phase === 'doubt')).toBe(true);
      if (end instanceof Failure && end.code === 'ledger.unusable') expect(isTakenOver).toBe(true);
    }),
    { numRuns: 300 },
  );
});

test('every message is reported to a consumer that never stops', async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async (given) => {
      const { rows, end, reported } = await runScenario({ ...given, stopsAfter: 0 });
      if (end === 'done') expect(reported.size).toBe(rows.length);
    }),
    { numRuns: 100 },
  );
});

const accepts: Reply = { kind: 'accepted', accept: true, ms: 1 };
const plainScenario: Scenario = {
  messages: Array.from({ length: 12 }, () => [accepts]),
  concurrency: 4,
  releasesUnsent: true,
  commitMs: 1,
  proves: true,
  shownAfter: 0,
  stopsAfter: 0,
  connectMs: 10,
  freezes: [],
};

test('messages withheld again and again are sent without a pause, and count as not tried', async () => {
  const freezes = Array.from({ length: 20 }, (_, nth) => ({ at: 5 + 13 * nth, isTakenOver: false }));
  const { end, rows, attemptCounts, tookMs } = await runScenario({ ...plainScenario, freezes });
  expect(end).toBe('done');
  expect(rows.map(({ delivery }) => delivery.phase)).toEqual(Array(12).fill('accepted'));
  expect([...attemptCounts.values()]).toEqual(Array(12).fill(1));
  // The pauses of the circuit breaker would add up to more.
  expect(tookMs).toBeLessThan(1_000);
});

test('messages withheld in a process whose messages were taken over are given back', async () => {
  const freezes = [{ at: 5, isTakenOver: true }];
  const { end, rows, attemptCounts } = await runScenario({ ...plainScenario, freezes });
  expect(end).toMatchObject({ code: 'ledger.unusable' });
  expect(rows.map(({ delivery }) => delivery.phase)).toEqual(Array(12).fill('queued'));
  expect([...attemptCounts]).toEqual([]);
});
