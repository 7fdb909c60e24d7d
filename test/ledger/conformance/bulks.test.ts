import { describe, expect, test } from 'vitest';
import { bulkId, rowId } from '../../../src/message/bulk.ts';
import { statusOf } from '../../../src/message/delivery.ts';
import type { Event } from '../../../src/message/event.ts';
import type { Phone } from '../../../src/message/phone.ts';
import { freshLedgerPath, openTestLedger } from '../../support/ledgers.ts';
import { bulkRows, bulkSpec, message, smsAccepted } from '../../support/messages.ts';

const uuid = (n: number) => `0193b2c4-7f1e-7c3a-9d2${n}-5e8f1a2b3c4d`;

const spec = (n = 0) => bulkSpec({ id: bulkId(uuid(n)) });

const buildRows = (count: number, ids: readonly (string | null)[] = []) =>
  bulkRows(count, (index) => ({
    id: ids[index] ?? null,
    ...(index === 1 && { message: { ...message, text: 'another' } }),
  }));

/** Creates a ledger with one bulk of `count` rows. */
async function createBulk(count: number, ids: readonly (string | null)[] = [], optOut?: string) {
  const path = freshLedgerPath();
  const ledger = await openTestLedger(path);
  const { bulks } = ledger;
  await bulks.begin({ ...spec(), ...(optOut && { overrides: { optOut } }) });
  await bulks.add(spec().id, buildRows(count, ids));
  const { bulk } = await bulks.seal(spec().id, 'f');
  return { path, ledger, bulks, bulk };
}

const delivered: Event = { kind: 'receipt', channel: 'sms', status: 'delivered', reason: null, at: 20 };

async function collect<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

describe('creating a bulk', () => {
  test('hides a bulk until it is sealed', async () => {
    const { bulks, find } = await openTestLedger();
    await bulks.begin(spec());
    await bulks.add(spec().id, buildRows(2));
    expect(await bulks.list()).toEqual([]);
    const { bulk, isNew } = await bulks.seal(spec().id, 'f');
    expect([isNew, bulk.rows, await bulks.list()]).toEqual([true, 2, [bulk]]);
    expect((await find(rowId(bulk.id, 2)))?.plan).toEqual({
      id: rowId(bulk.id, 2),
      to: '+393471001001',
      message: { ...message, text: 'another' },
    });
  });

  test('returns the existing bulk for the same rows', async () => {
    const { bulks, bulk } = await createBulk(2);
    await bulks.begin(spec(1));
    await bulks.add(spec(1).id, buildRows(2));
    expect(await bulks.seal(spec(1).id, 'f')).toEqual({ bulk, isNew: false });
    expect(await bulks.list()).toEqual([bulk]);
  });

  test('removes a bulk that was abandoned before it was sealed', async () => {
    const path = freshLedgerPath();
    const endedRun = await openTestLedger(path);
    await endedRun.bulks.begin(spec());
    await endedRun.bulks.add(spec().id, buildRows(2, ['a']));
    await endedRun.close();
    const { bulks, find } = await openTestLedger(path);
    await bulks.begin(spec(1));
    expect(await find('a')).toBeUndefined();
    expect((await bulks.add(spec(1).id, buildRows(2, ['a']))).size).toBe(0);
  });

  test('skips a row with a known id', async () => {
    const { bulks, ledger } = await createBulk(2, ['a']);
    await ledger.queue([{ id: 'single', to: '+393471009999' as Phone, message }], 5);
    await bulks.begin(spec(1));
    const known = await bulks.add(spec(1).id, buildRows(4, ['b', 'a', 'single']));
    expect([...known].map(([index, { phase }]) => [index, phase])).toEqual([
      [1, 'queued'],
      [2, 'queued'],
    ]);
    expect((await bulks.seal(spec(1).id, 'g')).bulk.rows).toBe(2);
  });
});

describe('sending a bulk', () => {
  test('claims each message once and shows outcomes to other processes', async () => {
    const { path, ledger, bulks, bulk } = await createBulk(5, [null, null, 'mine']);
    const run = await bulks.take(bulk.id, 'me', 7);
    const { claimed } = await run.commitAndClaim([], 3, 8);
    expect(claimed.map(({ row, delivery }) => [row, delivery.phase, delivery.plan.id])).toEqual([
      [1, 'sending', rowId(bulk.id, 1)],
      [2, 'sending', rowId(bulk.id, 2)],
      [3, 'sending', 'mine'],
    ]);
    const [one, two] = claimed;
    if (!one || !two) throw new Error('nothing was claimed');
    const outcomes = [
      { target: one, event: smsAccepted('msg_1') },
      { target: two, event: { kind: 'refused', at: 10, reason: 'no' } as const },
    ];
    const rest = await run.commitAndClaim(outcomes, 9, 11);
    expect(rest.claimed.map(({ row }) => row)).toEqual([4, 5]);
    const other = await openTestLedger(path);
    expect(statusOf((await other.find(rowId(bulk.id, 1))) as never)).toBe('submitted');
    expect((await other.find('msg_1'))?.plan.id).toBe(rowId(bulk.id, 1));
    expect(await other.find('mine')).toMatchObject({ phase: 'sending', intent: { route: 'me', at: 8 } });
    expect((await other.list({ limit: 2 })).map(({ plan }) => plan.id)).toEqual([
      rowId(bulk.id, 5),
      rowId(bulk.id, 4),
    ]);
    expect(await other.bulks.counts(bulk.id)).toEqual([
      { channel: 'sms', status: 'queued', final: false, count: 3 },
      { channel: 'sms', status: 'rejected', final: true, count: 1 },
      { channel: 'sms', status: 'submitted', final: false, count: 1 },
    ]);
    expect(await ledger.bulks.countUnsettled(bulk.id)).toEqual({ queued: 0, doubt: 3 });
    await run.release();
  });

  test('allows one process at a time', async () => {
    const { path, bulks, bulk } = await createBulk(2);
    const run = await bulks.take(bulk.id, 'me', 7);
    const other = await openTestLedger(path);
    expect(await other.bulks.isRunning(bulk.id)).toBe(true);
    await expect(other.bulks.take(bulk.id, 'you', 8)).rejects.toMatchObject({ code: 'bulk.running' });
    await run.release();
    expect(await other.bulks.isRunning(bulk.id)).toBe(false);
    await (await other.bulks.take(bulk.id, 'you', 8)).release();
  });

  test('leaves in doubt only the rows that an ended process had in flight', async () => {
    const { bulks, bulk } = await createBulk(6);
    const endedRun = await bulks.take(bulk.id, 'gone', 7);
    const { claimed } = await endedRun.commitAndClaim([], 4, 8);
    await endedRun.commitAndClaim(
      claimed.slice(0, 2).map((target) => ({ target, event: smsAccepted(`msg_${target.row}`) })),
      0,
      9,
    );
    await endedRun.release();
    const run = await bulks.take(bulk.id, 'me', 100);
    const doubts = await collect(run.listDoubts());
    expect(doubts.map(({ row, delivery }) => [row, delivery.phase, delivery.updatedAt])).toEqual([
      [3, 'doubt', 100],
      [4, 'doubt', 100],
    ]);
    const [third, fourth] = doubts;
    if (!third || !fourth) throw new Error('nothing is in doubt');
    const settled = [
      { target: third, event: smsAccepted('msg_3', 101) },
      { target: fourth, event: { kind: 'unsent', at: 101, reason: 'unknown there' } as const },
    ];
    const { claimed: next } = await run.commitAndClaim(settled, 9, 102);
    expect(next.map(({ row }) => row).sort()).toEqual([4, 5, 6]);
    expect(await bulks.countUnsettled(bulk.id)).toEqual({ queued: 0, doubt: 3 });
    await run.release();
  });

  test('stores a receipt before the response and counts it once', async () => {
    const { ledger, bulks, bulk } = await createBulk(2);
    const run = await bulks.take(bulk.id, 'me', 7);
    const { claimed } = await run.commitAndClaim([], 2, 8);
    await ledger.append([{ id: rowId(bulk.id, 1), event: delivered }]);
    await run.commitAndClaim(
      claimed.map((target) => ({ target, event: smsAccepted(`msg_${target.row}`) })),
      0,
      30,
    );
    expect(claimed.map(({ delivery }) => [statusOf(delivery), delivery.gatewayId])).toEqual([
      ['delivered', 'msg_1'],
      ['submitted', 'msg_2'],
    ]);
    expect(await bulks.counts(bulk.id)).toEqual([
      { channel: 'sms', status: 'delivered', final: true, count: 1 },
      { channel: 'sms', status: 'submitted', final: false, count: 1 },
    ]);
    expect(await ledger.history(rowId(bulk.id, 1))).toEqual([
      expect.objectContaining({ kind: 'intent' }),
      delivered,
      smsAccepted('msg_1'),
    ]);
    await run.release();
  });

  test('does not give back rows that are being sent', async () => {
    const { path, ledger, bulks, bulk } = await createBulk(1);
    const run = await bulks.take(bulk.id, 'me', 7);
    await run.commitAndClaim([], 1, 8);
    const other = await openTestLedger(path);
    const seen = await other.find(rowId(bulk.id, 1));
    if (seen === undefined) throw new Error('it is not there');
    expect((await other.abandon(seen, 9_999)).phase).toBe('sending');
    expect((await other.release(seen, 'unknown there', 9_999)).phase).toBe('sending');
    await ledger.close();
    const doubt = await other.abandon(seen, 9_999);
    expect(doubt.phase).toBe('doubt');
    expect((await other.release(doubt, 'unknown there', 9_999)).phase).toBe('queued');
  });

  test('does not give back a row that another process gave back and sent again', async () => {
    const { ledger, bulks, bulk } = await createBulk(1);
    const endedRun = await bulks.take(bulk.id, 'gone', 7);
    await endedRun.commitAndClaim([], 1, 8);
    await endedRun.release();
    const run = await bulks.take(bulk.id, 'me', 100);
    const [doubt] = await collect(run.listDoubts());
    if (!doubt) throw new Error('nothing is in doubt');
    const { id } = doubt.delivery.plan;
    await ledger.append([
      { id, event: { kind: 'unsent', at: 101, reason: 'unknown there' } },
      { id, event: { kind: 'intent', at: 102, owner: 'another' } },
    ]);
    const staleEvent = {
      target: doubt,
      event: { kind: 'unsent', at: 103, reason: 'unknown there' } as const,
    };
    const { claimed } = await run.commitAndClaim([staleEvent], 5, 104);
    expect([claimed, doubt.delivery.intent?.owner]).toEqual([[], 'another']);
    await run.release();
  });

  test('may be joined once a process has taken it, until it is stopped', async () => {
    const { path, bulks, bulk } = await createBulk(4);
    const other = await openTestLedger(path);
    const join = () => other.bulks.take(bulk.id, 'you', 8, { joins: true });
    expect([bulk.stopped, (await bulks.find(bulk.id))?.stopped]).toEqual([true, true]);
    await expect(join()).rejects.toMatchObject({ code: 'bulk.stopped' });
    const run = await bulks.take(bulk.id, 'me', 7);
    const joined = await join();
    expect((await run.commitAndClaim([], 2, 9)).claimed.map(({ row }) => row)).toEqual([1, 2]);
    expect((await joined.commitAndClaim([], 2, 9)).claimed.map(({ row }) => row)).toEqual([3, 4]);
    expect(await bulks.workers(bulk.id)).toMatchObject(Array(2).fill({ pid: process.pid, isSilent: false }));
    expect(await joined.takeOver(9)).toEqual({ doubts: [], others: true, stopped: false });
    await bulks.stop(bulk.id, true);
    expect(await joined.takeOver(10)).toEqual({ doubts: [], others: true, stopped: true });
    await joined.release();
    await expect(join()).rejects.toMatchObject({ code: 'bulk.stopped' });
    await run.release();
    await (await bulks.take(bulk.id, 'me', 11)).release();
    expect((await bulks.find(bulk.id))?.stopped).toBe(false);
  });

  test('is taken over from a dead process by one of the others', async () => {
    const { path, bulks, bulk } = await createBulk(4);
    const dead = await openTestLedger(path);
    await (await dead.bulks.take(bulk.id, 'gone', 7)).commitAndClaim([], 2, 8);
    const run = await bulks.take(bulk.id, 'me', 9, { joins: true });
    expect(await run.takeOver(10)).toEqual({ doubts: [], others: true, stopped: false });
    await dead.close();
    const later = await openTestLedger(path);
    const latecomer = await later.bulks.take(bulk.id, 'you', 11, { joins: true });
    // The one that joins finds it, and tells nobody else to settle it.
    const found = await latecomer.takeOver(12);
    expect(found.doubts.map(({ row, delivery }) => [row, delivery.phase])).toEqual([
      [1, 'doubt'],
      [2, 'doubt'],
    ]);
    expect([(await latecomer.takeOver(13)).doubts, (await run.takeOver(13)).doubts]).toEqual([[], []]);
    const [doubt] = found.doubts;
    if (doubt === undefined) throw new Error('nothing was found');
    const copy = { ...doubt };
    await latecomer.commitAndClaim([{ target: doubt, event: { kind: 'unsent', at: 14, reason: '' } }], 0, 14);
    await run.refresh([copy]);
    expect(copy.delivery.phase).toBe('queued');
    await latecomer.release();
    await run.release();
  });

  test('claims no more rows after a stop request', async () => {
    const { bulks, bulk } = await createBulk(4);
    const run = await bulks.take(bulk.id, 'me', 7);
    await run.commitAndClaim([], 1, 8);
    await bulks.stop(bulk.id, true);
    expect(await run.commitAndClaim([], 3, 9)).toEqual({ claimed: [], settled: [], stopped: true });
    await run.release();
  });

  test('keeps a bulk with claimed rows', async () => {
    const { bulks, bulk } = await createBulk(2);
    const run = await bulks.take(bulk.id, 'me', 7);
    await run.commitAndClaim([], 1, 8);
    await bulks.drop(bulk.id);
    expect(await bulks.find(bulk.id)).toEqual({ ...bulk, stopped: false });
    await run.release();
  });
});

describe('a row whose number opted out later', () => {
  const optOut = (row: number) => ({
    phone: `+39347100${999 + row}`,
    at: 6,
    source: 'told' as const,
    note: null,
  });
  const rows = (claimed: readonly { row: number }[]) => claimed.map(({ row }) => row);

  test('is refused instead of claimed, and reported at once', async () => {
    const { path, ledger, bulks, bulk } = await createBulk(5);
    await ledger.optOuts.add([optOut(2), optOut(5)]);
    const run = await bulks.take(bulk.id, 'me', 7);
    const claim = await run.commitAndClaim([], 3, 8);
    expect([rows(claim.claimed), rows(claim.settled)]).toEqual([[1, 3], [2]]);
    expect(claim.settled[0]).toMatchObject({
      delivery: { phase: 'refused', reason: 'opted out' },
      claim: null,
    });
    const other = await openTestLedger(path);
    expect(await other.find(rowId(bulk.id, 2))).toMatchObject({ phase: 'refused', reason: 'opted out' });
    expect((await other.history(rowId(bulk.id, 2))).at(-1)).toEqual({
      kind: 'refused',
      at: 8,
      reason: 'opted out',
    });
    const outcomes = claim.claimed.map((target) => ({ target, event: smsAccepted(`msg_${target.row}`) }));
    const rest = await run.commitAndClaim(outcomes, 9, 9);
    expect([rows(rest.claimed), rows(rest.settled)]).toEqual([[4], [5]]);
    expect(await bulks.counts(bulk.id)).toEqual([
      { channel: 'sms', status: 'queued', final: false, count: 1 },
      { channel: 'sms', status: 'rejected', final: true, count: 2 },
      { channel: 'sms', status: 'submitted', final: false, count: 2 },
    ]);
    expect(await bulks.countUnsettled(bulk.id)).toEqual({ queued: 0, doubt: 1 });
    await run.release();
  });

  test('leaves nothing in doubt without claims of other processes', async () => {
    const { ledger, bulks, bulk } = await createBulk(3);
    await ledger.optOuts.add([optOut(1), optOut(2), optOut(3)]);
    const run = await bulks.take(bulk.id, 'me', 7);
    const first = await run.commitAndClaim([], 2, 8);
    expect([rows(first.claimed), rows(first.settled)]).toEqual([[], [1, 2]]);
    expect(rows((await run.commitAndClaim([], 2, 9)).settled)).toEqual([3]);
    expect(await run.commitAndClaim([], 2, 10)).toEqual({ claimed: [], settled: [], stopped: false });
    await run.release();
    const again = await bulks.take(bulk.id, 'me', 11);
    expect(await collect(again.listDoubts())).toEqual([]);
    expect(await bulks.countUnsettled(bulk.id)).toEqual({ queued: 0, doubt: 0 });
    await again.release();
  });

  test('is not sent after it was given back', async () => {
    const { ledger, bulks, bulk } = await createBulk(2);
    const run = await bulks.take(bulk.id, 'me', 7);
    const { claimed } = await run.commitAndClaim([], 2, 8);
    await ledger.optOuts.add([optOut(1)]);
    const returned = claimed.map((target) => ({
      target,
      event: { kind: 'unsent', at: 9, reason: 'reset' } as const,
    }));
    const next = await run.commitAndClaim(returned, 9, 10);
    expect([rows(next.claimed), rows(next.settled)]).toEqual([[2], [1]]);
    expect((await ledger.find(rowId(bulk.id, 1)))?.reason).toBe('opted out');
    await run.release();
  });

  test('is claimed if the bulk is forced, and each message has the reason', async () => {
    const { ledger, bulks, bulk } = await createBulk(2, [], 'a recall');
    await ledger.optOuts.add([optOut(1)]);
    const run = await bulks.take(bulk.id, 'me', 7);
    const { claimed, settled } = await run.commitAndClaim([], 9, 8);
    expect([rows(claimed), rows(settled)]).toEqual([[1, 2], []]);
    expect(claimed.map(({ delivery }) => delivery.plan.overrides?.optOut)).toEqual(['a recall', 'a recall']);
    expect((await ledger.find(rowId(bulk.id, 2)))?.plan.overrides?.optOut).toBe('a recall');
    await run.release();
  });
});
