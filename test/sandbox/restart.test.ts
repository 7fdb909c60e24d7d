import { assert, asyncProperty, constantFrom, nat } from 'fast-check';
import { expect, test } from 'vitest';
import { scenarios } from '../../src/sandbox/scenarios.ts';
import { freshState, start } from './start.ts';

const respondingDigits = Object.keys(scenarios).filter((end) => end !== '0011');

test('responds the same after a restart on the same state, and from a second server on it', async () => {
  const state = freshState();
  const first = await start({ state });
  const concurrent = await start({ state });
  const ids: string[] = [];
  for (const end of ['4567', ...respondingDigits]) {
    ids.push(end);
    await first.whatsapp(end, { customerMessageId: end, fallback: true }).catch(() => undefined);
  }
  const query = `/messages/status?customerMessageIds=${ids.join(',')}`;
  const getStatuses = async (sandbox: typeof first, now: number) => {
    sandbox.clock.now = now;
    return [(await sandbox.get(query)).body, (await sandbox.get('/sandbox/messages')).body];
  };
  const moments: [number, unknown][] = [];
  await assert(
    asyncProperty(nat(70_000), constantFrom(0, 500), async (passed, half) => {
      const now = first.clock.now + passed + half;
      const before = await getStatuses(first, now);
      expect(await getStatuses(concurrent, now)).toEqual(before);
      moments.push([now, before]);
      first.clock.now -= passed + half;
    }),
    { numRuns: 20 },
  );
  await first.close();
  await concurrent.close();
  const second = await start({ state });
  for (const [now, before] of moments) expect(await getStatuses(second, now)).toEqual(before);
});

test('counts a first attempt across a restart', async () => {
  const state = freshState();
  const first = await start({ state });
  expect((await first.sms('0009', { customerMessageId: 'a' })).status).toBe(500);
  await first.close();
  const second = await start({ state });
  expect((await second.sms('0009', { customerMessageId: 'a' })).status).toBe(200);
});

test('loses no message with two servers on one state', async () => {
  const state = freshState();
  const both = [await start({ state }), await start({ state })];
  await Promise.all(
    Array.from({ length: 200 }, (_, i) => both[i % 2]?.sms('4567', { customerMessageId: `m${i}` })),
  );
  for (const sandbox of both) expect((await sandbox.get('/sandbox/messages')).body).toHaveLength(200);
});

test('forgets an in-memory state', async () => {
  const first = await start();
  await first.sms('4567');
  await first.close();
  expect((await (await start()).get('/sandbox/messages')).body).toEqual([]);
});
