import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { BulkRun, ClaimedRow, Ledger } from '../../../src/ledger/api.ts';
import { openPostgresLedger } from '../../../src/ledger/postgres/open.ts';
import { readTarget } from '../../../src/ledger/postgres/target.ts';
import { bulkId, rowId } from '../../../src/message/bulk.ts';
import type { Event } from '../../../src/message/event.ts';
import { maxRequestMs } from '../../../src/message/timeouts.ts';
import { createBulk } from '../../support/ledgers.ts';
import { plan } from '../../support/messages.ts';
import { type Postgres, startPostgres } from '../../support/postgres.ts';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy.ts';

const lease = { durationMs: 800, marginMs: 200, beatMs: 150, frozenMs: 1_500 };
const id = bulkId('0193b2c4-7f1e-7c3a-9d2b-000000000001');

let server: Postgres;
let url: string;

beforeAll(async () => {
  server = await startPostgres({ settings: { fsync: 'off' } });
});

/** Opens a ledger through a proxy of its own, as on a machine of its own. */
async function openMachine(): Promise<{ ledger: Ledger; proxy: TcpProxy }> {
  const proxy = await startTcpProxy(server.port);
  const own = new URL(url);
  own.port = String(proxy.port);
  const ledger = await openPostgresLedger(readTarget(own.href, {}), { waitMs: 5_000, lease });
  onTestFinished(async () => {
    proxy.go();
    proxy.accept();
    await ledger.close();
  });
  return { ledger, proxy };
}

/** Creates a bulk, and two machines that send it. */
async function openTwo(rows = 10) {
  url = await server.createDatabase();
  const [one, other] = [await openMachine(), await openMachine()];
  await createBulk(one.ledger, rows);
  const take = ({ ledger }: typeof one, joins: boolean) => ledger.bulks.take(id, 'route', 7, { joins });
  return { one: { ...one, run: await take(one, false) }, other: { ...other, run: await take(other, true) } };
}

const accept = (target: ClaimedRow): { target: ClaimedRow; event: Event } => ({
  target,
  event: { kind: 'accepted', at: 9, channel: 'sms', gatewayId: `g${target.row}`, simulation: false },
});

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

/** Takes over what dead workers leave until there is something, and returns the rows. */
async function takeOver(run: BulkRun, timeoutMs = 8_000): Promise<number[]> {
  for (const end = Date.now() + timeoutMs; Date.now() < end; await sleep(50)) {
    const { doubts } = await run.takeOver(10);
    if (doubts.length > 0) return doubts.map(({ row }) => row);
  }
  return [];
}

test('a worker that is cut off is taken over once its lease is over, and its requests have the time to end', async () => {
  const { one, other } = await openTwo();
  await one.run.commitAndClaim([], 2, 8);
  const before = other.ledger.clock.monotonic();
  one.proxy.refuse();
  one.proxy.cut();
  expect((await other.run.takeOver(9)).doubts).toEqual([]);
  expect(await takeOver(other.run)).toEqual([1, 2]);
  const lost = await other.ledger.find(rowId(id, 1));
  expect(lost?.phase).toBe('doubt');
  expect(lost?.unsettledSince?.boot).toBe(other.ledger.clock.boot);
  expect(lost?.unsettledSince?.ms).toBeGreaterThan(before + maxRequestMs + lease.durationMs / 2);
  expect(one.run.isStale()).toBe(true);
});

test('a worker that was taken over claims nothing, keeps facts, and drops guesses', async () => {
  const { one, other } = await openTwo();
  const { claimed } = await one.run.commitAndClaim([], 4, 8);
  one.proxy.refuse();
  one.proxy.cut();
  expect(await takeOver(other.run)).toEqual([1, 2, 3, 4]);
  one.proxy.accept();
  const [first, second, third] = claimed as [ClaimedRow, ClaimedRow, ClaimedRow];
  await expect(one.run.confirm()).rejects.toMatchObject({ code: 'ledger.fenced' });
  await one.run.commitAndClaim(
    [
      accept(first),
      { target: second, event: { kind: 'unsent', at: 9, reason: 'stopped' } },
      { target: third, event: { kind: 'doubt', at: 9, reason: 'no answer' } },
    ],
    0,
    9,
  );
  expect(one.run.isStale()).toBe(true);
  const owner = async (name: string) => (await one.ledger.find(name))?.intent?.owner;
  await one.ledger.queue([plan('later')], 9, 'route');
  expect(await owner('later')).not.toBe(claimed[0]?.delivery.intent?.owner);
  await expect(one.run.commitAndClaim([], 2, 9)).rejects.toMatchObject({ code: 'ledger.fenced' });
  const found = await Promise.all([1, 2, 3].map((row) => other.ledger.find(rowId(id, row))));
  expect(found.map((delivery) => delivery?.phase)).toEqual(['accepted', 'doubt', 'doubt']);
  expect(found[2]?.reason).toBe('the process that sent it has ended');
  expect(await other.ledger.bulks.countUnsettled(id)).toEqual({ queued: 6, doubt: 3 });
  // As another worker it may go on.
  const again = await one.ledger.bulks.take(id, 'route', 10, { joins: true });
  expect((await again.commitAndClaim([], 2, 11)).claimed.map(({ row }) => row)).toEqual([5, 6]);
});

test('a worker that stands still is not taken over while its session lives, but ended after a while', async () => {
  const { one, other } = await openTwo();
  await one.run.commitAndClaim([], 2, 8);
  const listSilent = async () => (await other.ledger.bulks.workers(id)).map(({ isSilent }) => isSilent);
  expect(await listSilent()).toEqual([false, false]);
  one.proxy.stall();
  await sleep(lease.durationMs + 300);
  expect((await other.run.takeOver(9)).doubts).toEqual([]);
  expect((await listSilent()).toSorted()).toEqual([false, true]);
  expect(one.run.isStale()).toBe(true);
  expect(await takeOver(other.run)).toEqual([1, 2]);
  expect(await listSilent()).toEqual([false]);
});

test('a worker that comes back in time goes on as the same', async () => {
  const { one, other } = await openTwo();
  const { claimed } = await one.run.commitAndClaim([], 2, 8);
  one.proxy.cut();
  await one.run.commitAndClaim(claimed.map(accept), 2, 9);
  await sleep(2 * lease.durationMs);
  expect((await other.run.takeOver(10)).doubts).toEqual([]);
  expect(one.run.isStale()).toBe(false);
  expect(await other.ledger.bulks.countUnsettled(id)).toEqual({ queued: 6, doubt: 2 });
});

test('a restart of the server costs no worker its claims', async () => {
  const { one, other } = await openTwo();
  const { claimed } = await one.run.commitAndClaim([], 2, 8);
  await server.stop('immediate');
  await sleep(lease.durationMs);
  await server.start();
  const taken = other.run.takeOver(9);
  await one.run.confirm();
  expect((await taken).doubts).toEqual([]);
  await one.run.commitAndClaim(claimed.map(accept), 0, 9);
  expect(await other.ledger.bulks.countUnsettled(id)).toEqual({ queued: 8, doubt: 0 });
});

test.each(['requests', 'answers'] as const)(
  'no turn is lost or repeated when %s are lost anywhere',
  async (lose) => {
    for (let pieces = 1; pieces <= 16; pieces++) {
      const { one, other } = await openTwo(40);
      one.proxy.cutAfter(pieces, lose);
      const sent = new Set<number>();
      let { claimed } = await one.run.commitAndClaim([], 8, 8);
      while (claimed.length > 0) {
        for (const { row } of claimed) {
          expect(sent.has(row)).toBe(false);
          sent.add(row);
        }
        const events = claimed.map((target): { target: ClaimedRow; event: Event } =>
          target.row % 5 === 0 ? { target, event: { kind: 'refused', at: 9, reason: 'no' } } : accept(target),
        );
        ({ claimed } = await one.run.commitAndClaim(events, 8, 9));
      }
      expect(sent.size).toBe(40);
      expect(await other.ledger.bulks.countUnsettled(id)).toEqual({ queued: 0, doubt: 0 });
      expect(await other.ledger.bulks.counts(id)).toEqual(
        expect.arrayContaining([
          { channel: 'sms', status: 'rejected', final: true, count: 8 },
          { channel: 'sms', status: 'submitted', final: false, count: 32 },
        ]),
      );
      await one.ledger.close();
      await other.ledger.close();
    }
  },
);

test.each(['requests', 'answers'] as const)(
  'a message is claimed once when %s are lost anywhere',
  async (lose) => {
    url = await server.createDatabase();
    const [one, other] = [await openMachine(), await openMachine()];
    for (let pieces = 1; pieces <= 30; pieces++) {
      const name = `${lose}-${pieces}`;
      one.proxy.cutAfter(pieces, lose);
      const [queued] = await one.ledger.queue([plan(name)], 5, 'route');
      expect(queued).toMatchObject({ isNew: true, delivery: { phase: 'sending' } });
      expect(await other.ledger.claim(plan(name), 'route', 6)).toMatchObject({ claimed: false });
      expect(await one.ledger.history(name)).toHaveLength(1);
    }
  },
);

test('a listener that was cut off for long listens on', async () => {
  url = await server.createDatabase();
  const [one, other] = [await openMachine(), await openMachine()];
  await one.ledger.events.listen();
  expect(await other.ledger.events.listen()).toBeUndefined();
  one.proxy.refuse();
  one.proxy.cut();
  for (const end = Date.now() + 8_000; (await other.ledger.events.hasListener()) && Date.now() < end; )
    await sleep(50);
  expect(await other.ledger.events.hasListener()).toBe(false);
  one.proxy.accept();
  await one.ledger.events.record([], [], 9);
  expect(await other.ledger.events.hasListener()).toBe(true);
});

test('a commit that arrives late, in the next session, counts once', async () => {
  url = await server.createDatabase();
  const [one, other] = [await openMachine(), await openMachine()];
  await one.ledger.queue([plan('first')], 5);
  for (let lateMs = 0; lateMs <= 120; lateMs += 10) {
    const name = `late-${lateMs}`;
    one.proxy.postponeCommit(lateMs);
    const queued = await one.ledger.queue([plan(name)], 5, 'route');
    expect(queued).toMatchObject([{ isNew: true, delivery: { phase: 'sending' } }]);
    expect(await other.ledger.history(name)).toHaveLength(1);
  }
}, 60_000);
