import { expect, test } from 'vitest';
import type { MessageStatus, SendOutcome } from '../../src/gateway/gateway.ts';
import { type DeliveryStep, deliver } from '../../src/services/dispatch/deliver.ts';
import { VirtualTime } from '../sim/time.ts';
import { depsWith, fakeGateway, virtualClock } from '../support/deps.ts';
import { freshLedgerPath, openTestLedger } from '../support/ledgers.ts';
import { phone, plan } from '../support/messages.ts';

const accepted: SendOutcome = { kind: 'accepted', gatewayId: 'msg_1', channel: 'sms', simulation: false };
const known: MessageStatus = {
  id: 'order-1',
  receipt: { channel: 'sms', status: 'sent', reason: null, at: 5 },
  previousAttempts: [],
  gatewayId: 'msg_1',
  to: phone,
};

/**
 * Delivers one message through a gateway with scripted outcomes, the last of which repeats, on virtual time.
 */
async function deliverScripted(outcomes: readonly SendOutcome[], isListed: (now: number) => boolean) {
  const time = new VirtualTime();
  const startedAt = time.now;
  const sends: number[] = [];
  const gateway = fakeGateway({
    async send() {
      sends.push(time.now);
      return outcomes[Math.min(sends.length, outcomes.length) - 1] ?? accepted;
    },
    prove: async ([ref]) => {
      const id = ref?.id ?? '';
      return isListed(time.now)
        ? { accepted: new Map([[id, [known]]]), absent: new Set(), gap: null }
        : { accepted: new Map(), absent: new Set([id]), gap: null };
    },
  });
  const clock = virtualClock(time);
  const deps = depsWith({
    gateway,
    clock,
    ledger: await openTestLedger(freshLedgerPath(), { clock }),
    grace: 15_000,
  });
  const reported: DeliveryStep[] = [];
  let end: number | undefined;
  const run = async () => {
    for await (const step of deliver([plan('order-1')], deps)) reported.push(step);
    end = time.now;
  };
  await Promise.all([run(), time.run(() => end !== undefined, 600_000)]);
  return { sends, waited: (end ?? Infinity) - startedAt, last: reported.at(-1) };
}

const inDoubt: SendOutcome = { kind: 'doubt', reason: 'HTTP 500' };
const limited: SendOutcome = { kind: 'rateLimited', wait: 1_000, reason: 'wait' };
const never = () => false;

test.each<[string, SendOutcome[], (now: number) => boolean, number, string, string | null]>([
  ['accepted', [accepted], never, 1, 'accepted', null],
  ['in doubt, then listed', [inDoubt], () => true, 1, 'accepted', null],
  [
    'in doubt, listed at the end of the grace period',
    [inDoubt, accepted],
    (now) => now >= 1_015_000,
    1,
    'accepted',
    null,
  ],
  ['in doubt, not listed', [inDoubt, accepted], never, 2, 'accepted', null],
  ['in doubt forever', [inDoubt], never, 3, 'queued', 'gateway.failing'],
  ['not sent, then accepted', [{ kind: 'notSent', reason: 'refused' }, accepted], never, 2, 'accepted', null],
  ['never sent', [{ kind: 'notSent', reason: 'refused' }], never, 5, 'queued', 'gateway.unreachable'],
  [
    'rate limited ten times',
    [...Array<SendOutcome>(10).fill(limited), accepted],
    never,
    11,
    'accepted',
    null,
  ],
  ['rate limited forever', [limited], never, 121, 'queued', 'gateway.limited'],
  ['refused', [{ kind: 'refused', reason: 'no' }], never, 1, 'refused', null],
])('%s', async (_, outcomes, isListed, sends, phase, code) => {
  const run = await deliverScripted(outcomes, isListed);
  expect([run.sends.length, run.last?.delivery.phase, run.last?.problem?.code ?? null]).toEqual([
    sends,
    phase,
    code,
  ]);
});

test('sends no second request before the end of the grace period', async () => {
  const { sends } = await deliverScripted([inDoubt], never);
  const gaps = sends.slice(1).map((at, index) => at - (sends[index] ?? 0));
  expect(gaps).toHaveLength(2);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(15_000);
});

test('gives up on a permanent rate limit after two minutes', async () => {
  expect((await deliverScripted([limited], never)).waited).toBeLessThanOrEqual(120_000);
});

test('asks the ledger again before it sends a message after it stood still', async () => {
  const time = new VirtualTime();
  const clock = virtualClock(time);
  const ledger = await openTestLedger(undefined, {
    clock,
    // Heartbeats stand still too.
    schedule: () => () => {},
  });
  const asked: boolean[] = [];
  const gateway = fakeGateway({
    async send(_, mayLeave = () => true) {
      if (asked.length === 0) time.now += 40_000;
      asked.push(mayLeave());
      return asked.at(-1) ? accepted : { kind: 'withheld' };
    },
  });
  const steps: DeliveryStep[] = [];
  for await (const step of deliver([plan('order-1')], depsWith({ gateway, ledger, clock }))) steps.push(step);
  expect([asked, steps.at(-1)?.delivery.phase]).toEqual([[false, true], 'accepted']);
});
