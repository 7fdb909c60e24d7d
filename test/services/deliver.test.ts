import { expect, test } from 'vitest';
import type { MessageStatus, SendOutcome } from '../../src/gateway/gateway.ts';
import { type DeliveryStep, deliver } from '../../src/services/dispatch/deliver.ts';
import { VirtualTime } from '../sim/time.ts';
import { depsWith, fakeGateway, virtualClock } from '../support/deps.ts';
import { openTestLedger } from '../support/ledgers.ts';
import { phone, plan } from '../support/messages.ts';

const accepted: SendOutcome = { kind: 'accepted', gatewayId: 'msg_1', channel: 'sms', simulation: false };
const known: MessageStatus = {
  id: 'order-1',
  receipt: { channel: 'sms', status: 'sent', reason: null, at: 5 },
  previousAttempts: [],
  gatewayId: 'msg_1',
  to: phone,
};

/** Delivers one message through a gateway that answers by a script, its last outcome repeated, on virtual time. */
async function stage(outcomes: readonly SendOutcome[], shows: (now: number) => boolean) {
  const time = new VirtualTime();
  const begin = time.now;
  const sends: number[] = [];
  const gateway = fakeGateway({
    async send() {
      sends.push(time.now);
      return outcomes[Math.min(sends.length, outcomes.length) - 1] ?? accepted;
    },
    prove: async ([ref]) => {
      const id = ref?.id ?? '';
      return shows(time.now)
        ? { accepted: new Map([[id, [known]]]), absent: new Set(), gap: null }
        : { accepted: new Map(), absent: new Set([id]), gap: null };
    },
  });
  const deps = depsWith({
    gateway,
    clock: virtualClock(time),
    ledger: await openTestLedger(),
    grace: 15_000,
  });
  const steps: DeliveryStep[] = [];
  let end: number | undefined;
  const run = async () => {
    for await (const step of deliver([plan('order-1')], deps)) steps.push(step);
    end = time.now;
  };
  await Promise.all([run(), time.run(() => end !== undefined, 600_000)]);
  return { sends, waited: (end ?? Infinity) - begin, last: steps.at(-1) };
}

const doubt: SendOutcome = { kind: 'doubt', reason: 'HTTP 500' };
const limited: SendOutcome = { kind: 'rateLimited', wait: 1_000, reason: 'wait' };
const never = () => false;

test.each<[string, SendOutcome[], (now: number) => boolean, number, string, string | null]>([
  ['accepted', [accepted], never, 1, 'accepted', null],
  ['in doubt, and known', [doubt], () => true, 1, 'accepted', null],
  [
    'in doubt, and known at the end of the grace',
    [doubt, accepted],
    (now) => now >= 1_015_000,
    1,
    'accepted',
    null,
  ],
  ['in doubt, and not known', [doubt, accepted], never, 2, 'accepted', null],
  ['in doubt for ever', [doubt], never, 3, 'queued', 'gateway.failing'],
  ['unsent, then accepted', [{ kind: 'notSent', reason: 'refused' }, accepted], never, 2, 'accepted', null],
  ['unsent for ever', [{ kind: 'notSent', reason: 'refused' }], never, 5, 'queued', 'gateway.unreachable'],
  ['limited ten times', [...Array<SendOutcome>(10).fill(limited), accepted], never, 11, 'accepted', null],
  ['limited for ever', [limited], never, 121, 'queued', 'gateway.limited'],
  ['refused', [{ kind: 'refused', reason: 'no' }], never, 1, 'refused', null],
])('%s', async (_, outcomes, shows, sends, phase, code) => {
  const run = await stage(outcomes, shows);
  expect([run.sends.length, run.last?.delivery.phase, run.last?.problem?.code ?? null]).toEqual([
    sends,
    phase,
    code,
  ]);
});

test('a second request never leaves before the grace is over', async () => {
  const { sends } = await stage([doubt], never);
  const gaps = sends.slice(1).map((at, index) => at - (sends[index] ?? 0));
  expect(gaps).toHaveLength(2);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(15_000);
});

test('limited for ever costs two minutes, not more', async () => {
  expect((await stage([limited], never)).waited).toBeLessThanOrEqual(120_000);
});
