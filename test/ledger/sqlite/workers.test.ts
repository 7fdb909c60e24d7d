import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { goneAfterMs } from '../../../src/ledger/sqlite/workers.ts';
import { systemClock } from '../../../src/storage/monotonic.ts';
import { listening } from '../../support/hook.ts';
import { createBulk, freshLedgerPath, openTestLedger } from '../../support/ledgers.ts';
import { plan } from '../../support/messages.ts';

/** Opens a ledger as on another machine: another boot, and a clock and heartbeats that the test controls. */
async function openOnMachine(path: string, boot: string) {
  const heartbeats: (() => Promise<void>)[] = [];
  const machine = {
    now: 1_000,
    beat: async () => {
      for (const beat of heartbeats) await beat();
    },
  };
  const ledger = await openTestLedger(path, {
    clock: { machine: boot, boot, monotonic: () => machine.now },
    schedule(beat) {
      heartbeats.push(beat);
      return () => {};
    },
  });
  return Object.assign(machine, { ledger });
}

test('reports a killed process as gone, but not a suspended one', async () => {
  const running = await listening();
  const { home } = running;
  const ledger = await openTestLedger(join(home.state, 'default.db'));
  expect(await ledger.events.hasListener()).toBe(true);
  running.child.kill('SIGSTOP');
  expect(await ledger.events.hasListener()).toBe(true);
  expect(await ledger.events.listen()).toBeUndefined();
  running.child.kill('SIGKILL');
  await running.done;
  expect(await ledger.events.hasListener()).toBe(false);
  expect(await ledger.events.listen()).toBeDefined();
});

test('leaks no file descriptors when checking for a listener repeatedly', async () => {
  const running = await listening();
  const ledger = await openTestLedger(join(running.home.state, 'default.db'));
  await ledger.events.hasListener();
  const descriptors = () => readdirSync('/proc/self/fd').length;
  const before = descriptors();
  for (let i = 0; i < 300; i++) expect(await ledger.events.hasListener()).toBe(true);
  expect(descriptors()).toBeLessThanOrEqual(before);
  running.child.kill('SIGKILL');
  await running.done;
});

test('leaves no worker file behind', async () => {
  const path = freshLedgerPath();
  const ledger = await openTestLedger(path);
  await ledger.queue([plan('a')], 5, 'here');
  const files = () => readdirSync(join(path, '..')).filter((file) => file.includes('.worker.'));
  expect(files()).toHaveLength(1);
  await ledger.close();
  expect(files()).toEqual([]);
});

test('reports a worker on another machine as gone after a minute without a heartbeat, by the local clock', async () => {
  const path = freshLedgerPath();
  const remote = await openOnMachine(path, 'aaaaaaaaaaaa');
  const local = await openOnMachine(path, systemClock.boot);
  await remote.ledger.queue([plan('a')], 5, 'route');
  const seen = await local.ledger.find('a');
  if (seen === undefined) throw new Error('it is not there');
  const phaseAfter = async (milliseconds: number) => {
    local.now += milliseconds;
    return (await local.ledger.abandon(seen, 9)).phase;
  };
  expect(await phaseAfter(0)).toBe('sending');
  expect(await phaseAfter(goneAfterMs - 1)).toBe('sending');
  await remote.beat();
  expect(await phaseAfter(goneAfterMs)).toBe('sending');
  expect(await phaseAfter(goneAfterMs - 1)).toBe('sending');
  expect(await phaseAfter(1)).toBe('doubt');
});

test('takes a bulk over from another machine only a minute after its last heartbeat', async () => {
  const path = freshLedgerPath();
  const remote = await openOnMachine(path, 'aaaaaaaaaaaa');
  const local = await openOnMachine(path, 'bbbbbbbbbbbb');
  const id = await createBulk(remote.ledger, 4);
  const run = await remote.ledger.bulks.take(id, 'route', 7);
  await run.commitAndClaim([], 2, 8);
  await expect(local.ledger.bulks.take(id, 'route', 9)).rejects.toMatchObject({ code: 'bulk.running' });
  local.now += goneAfterMs;
  const second = await local.ledger.bulks.take(id, 'route', 9);
  const doubts: number[] = [];
  for await (const page of second.listDoubts()) doubts.push(...page.map(({ row }) => row));
  expect(doubts).toEqual([1, 2]);
  // The other process was only suspended: it must notice before it sends again.
  remote.now += 31_000;
  expect(run.isStale()).toBe(true);
  await expect(run.confirm()).rejects.toMatchObject({ code: 'ledger.unusable' });
  await expect(run.commitAndClaim([], 2, 10)).rejects.toMatchObject({ code: 'ledger.unusable' });
});

test('keeps a worker with heartbeats', async () => {
  const local = await openOnMachine(freshLedgerPath(), 'aaaaaaaaaaaa');
  const id = await createBulk(local.ledger, 1);
  const run = await local.ledger.bulks.take(id, 'route', 7);
  local.now += 20_000;
  await local.beat();
  local.now += 20_000;
  expect(run.isStale()).toBe(false);
  local.now += 20_000;
  expect(run.isStale()).toBe(true);
  await run.confirm();
  expect(run.isStale()).toBe(false);
});
