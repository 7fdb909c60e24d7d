import { describe, test } from 'vitest';
import type { SendOutcome } from '../../src/gateway/gateway.ts';
import type { BulkRun, ClaimedRow, Ledger } from '../../src/ledger/api.ts';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
import type { Plan } from '../../src/message/message.ts';
import { sendBulk } from '../../src/services/dispatch/send-bulk.ts';
import { afterFile } from '../support/after-file.ts';
import { depsWith, fakeGateway } from '../support/deps.ts';
import { freshLedgerPath } from '../support/ledgers.ts';
import { bulkRows, bulkSpec } from '../support/messages.ts';

const { id } = bulkSpec();

/** Opens a ledger and closes it after the tests, which run at the same time. */
async function open(path: string): Promise<Ledger> {
  const ledger = await openLedger(path);
  afterFile(() => void ledger.close().catch(() => {}));
  return ledger;
}

/** Opens a ledger with a bulk as two processes: one whose steps the test decides, and one that helps. */
async function openTwo(rows: number): Promise<{ path: string; first: Ledger; run: BulkRun; second: Ledger }> {
  const path = freshLedgerPath();
  const [first, second] = [await open(path), await open(path)];
  await first.bulks.begin(bulkSpec());
  await first.bulks.add(id, bulkRows(rows));
  await first.bulks.seal(id, 'f');
  return { path, first, run: await first.bulks.take(id, 'here', 1), second };
}

const accepted = { kind: 'accepted', gatewayId: null, channel: 'sms', simulation: false } as const;

/** Sends the bulk as a process that joins. `answer` is that of the gateway, which knows the messages in `shown`. */
function help(ledger: Ledger, answer: SendOutcome = accepted, shown: ReadonlySet<string> = new Set()) {
  const sent: string[] = [];
  const gateway = fakeGateway({
    async send({ id }: Plan) {
      sent.push(id);
      return answer;
    },
    async prove(refs) {
      const known = refs.filter(({ id }) => shown.has(id));
      const receipt = { channel: 'sms', status: 'submitted', reason: null, at: 1 } as const;
      const status = { gatewayId: null, to: null, receipt, previousAttempts: [] };
      return {
        accepted: new Map(known.map(({ id }) => [id, [{ id, ...status }]])),
        absent: new Set(),
        gap: 'no control',
      };
    },
  });
  const state = { isOver: false };
  const send = async () => {
    const run = await ledger.bulks.take(id, 'here', 1, { joins: true });
    const options = { limits: () => null, concurrency: 4, probation: 0 };
    try {
      for await (const _ of sendBulk(id, run, options, depsWith({ ledger, gateway })));
    } finally {
      state.isOver = true;
      await run.release();
    }
  };
  return { sent, state, end: send() };
}

const claim = async (run: BulkRun, count: number) => (await run.commitAndClaim([], count, 2)).claimed;

const accept = (run: BulkRun, rows: readonly ClaimedRow[]) =>
  run.commitAndClaim(
    rows.map((target) => ({ target, event: { ...accepted, at: 3 } })),
    0,
    3,
  );

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe.concurrent('a process that has nothing left to send', () => {
  test('waits while another holds messages, and no longer', async ({ expect }) => {
    const { run, second } = await openTwo(5);
    const held = await claim(run, 2);
    const { sent, state, end } = help(second);
    await sleep(1_500);
    expect([sent.length, state.isOver]).toEqual([3, false]);
    await accept(run, held);
    await end;
    // The other is still there, with nothing in its hands.
    expect((await second.bulks.workers(id)).length).toBe(1);
    expect(sent).toHaveLength(3);
  });

  test('sends what another gives back', async ({ expect }) => {
    const { run, second } = await openTwo(5);
    const held = await claim(run, 2);
    const { sent, end } = help(second);
    await sleep(300);
    await run.commitAndClaim(
      held.map((target) => ({ target, event: { kind: 'unsent', at: 3, reason: 'stopped' } })),
      0,
      3,
    );
    await run.release();
    await end;
    expect(new Set(sent).size).toBe(5);
  });

  test('settles what a dead one was sending', async ({ expect }) => {
    const { first, run, second } = await openTwo(5);
    const held = await claim(run, 2);
    const ids = new Set(held.map(({ delivery }) => delivery.plan.id));
    const { sent, end } = help(second, accepted, ids);
    await sleep(300);
    await first.close();
    await end;
    expect(sent).toHaveLength(3);
    expect(await second.bulks.countUnsettled(id)).toEqual({ queued: 0, doubt: 0 });
  });

  test('settles the doubts of one that has left', async ({ expect }) => {
    const { run, second } = await openTwo(5);
    const held = await claim(run, 2);
    const ids = new Set(held.map(({ delivery }) => delivery.plan.id));
    await run.commitAndClaim(
      held.map((target) => ({ target, event: { kind: 'doubt', at: 3, reason: 'no answer' } })),
      0,
      3,
    );
    const { state, end } = help(second, accepted, ids);
    await sleep(1_500);
    expect(state.isOver).toBe(false);
    await run.release();
    await end;
    expect(await second.bulks.countUnsettled(id)).toEqual({ queued: 0, doubt: 0 });
  });

  test('notices a stop', async ({ expect }) => {
    const { first, run, second } = await openTwo(5);
    await claim(run, 2);
    const { end } = help(second);
    await sleep(300);
    await first.bulks.stop(id, true);
    await expect(end).rejects.toMatchObject({ code: 'bulk.stopped' });
  });

  test('does not wait for another that waits for it, where no doubt can be settled', {
    timeout: 30_000,
  }, async ({ expect }) => {
    const { path, run, second } = await openTwo(8);
    await run.release();
    const doubt = { kind: 'doubt', reason: 'no answer' } as const;
    const both = [help(second, doubt), help(await open(path), doubt)];
    const ends = await Promise.allSettled(both.map(({ end }) => end));
    expect(ends.map((end) => end.status === 'rejected' && end.reason.code)).toEqual([
      'send.in-doubt',
      'send.in-doubt',
    ]);
    // Both had sent some of them.
    expect(both.map(({ sent }) => sent.length)).toEqual([4, 4]);
  });
});
