import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Ledger } from '../../src/ledger/api.ts';
import { openLedger } from '../../src/ledger/ledger.ts';
import { bulkId } from '../../src/message/bulk.ts';
import { bulkRows, bulkSpec, plan } from '../support/messages.ts';

function home() {
  const path = mkdtempSync(join(tmpdir(), 'qlara-'));
  return { ledger: join(path, 'default.db'), markers: join(path, 'config', 'ledgers') };
}

type Home = ReturnType<typeof home>;

const openAt = ({ ledger, markers }: Home) => openLedger(ledger, { markers });

/** Copies a closed ledger. */
function copy(from: Home, to: Home): void {
  for (const end of ['', '-wal', '-shm']) {
    rmSync(to.ledger + end, { force: true });
    try {
      copyFileSync(from.ledger + end, to.ledger + end);
    } catch {}
  }
}

/** Two messages by themselves and a bulk of three rows, the first of which is claimed. */
async function fill(ledger: Ledger): Promise<string> {
  const id = bulkId('0193b2c4-7f1e-7c3a-9d2b-000000000001');
  await ledger.queue([plan('a'), plan('b')], 5);
  await ledger.bulks.begin(bulkSpec({ id, concurrency: 1 }));
  await ledger.bulks.add(id, bulkRows(3));
  await ledger.bulks.seal(id, 'f');
  const run = await ledger.bulks.take(id, 'route', 6);
  const { claimed } = await run.commitAndClaim([], 1, 7);
  await run.commitAndClaim(
    claimed.map((target) => ({
      target,
      event: { kind: 'accepted', at: 8, channel: 'sms', gatewayId: 'g', simulation: false },
    })),
    0,
    8,
  );
  await run.release();
  return id;
}

async function phases(ledger: Ledger): Promise<string[]> {
  return (await ledger.list({})).map(({ phase }) => phase).sort();
}

test('a ledger that stays where it is waits as it did', async () => {
  const own = home();
  const first = await openAt(own);
  await fill(first);
  first.close();
  const again = await openAt(own);
  expect([again.doubted, await phases(again)]).toEqual([
    0,
    ['accepted', 'queued', 'queued', 'queued', 'queued'],
  ]);
  again.close();
});

test('queued messages in a ledger copied to another machine are in doubt', async () => {
  const [own, other] = [home(), home()];
  const first = await openAt(own);
  const id = await fill(first);
  first.close();
  copy(own, other);
  const copied = await openAt(other);
  expect(copied.doubted).toBe(4);
  expect((await copied.find('a'))?.phase).toBe('doubt');
  expect(await copied.bulks.countUnsettled(id)).toEqual({ queued: 0, doubt: 2 });
  const run = await copied.bulks.take(id, 'route', 9);
  expect((await run.commitAndClaim([], 9, 10)).claimed).toEqual([]);
  await run.release();
  copied.close();
  // From now on it is a ledger like any other.
  const again = await openAt(other);
  expect(again.doubted).toBe(0);
  again.close();
});

test('queued messages in a ledger restored from a backup are in doubt', async () => {
  const [own, backup] = [home(), home()];
  const first = await openAt(own);
  await fill(first);
  first.close();
  copy(own, backup);
  const later = await openAt(own);
  await later.claim(plan('a'), 'route', 9);
  later.close();
  copy(backup, own);
  const restored = await openAt(own);
  expect([restored.doubted, (await restored.find('a'))?.phase]).toEqual([4, 'doubt']);
  restored.close();
});

test('a ledger restored in the middle of a bulk is recognized as older', async () => {
  const [own, backup] = [home(), home()];
  const first = await openAt(own);
  const id = await fill(first);
  const run = await first.bulks.take(id, 'route', 9);
  copy(own, backup);
  await run.commitAndClaim([], 1, 10);
  first.close();
  copy(backup, own);
  const restored = await openAt(own);
  expect(restored.doubted).toBeGreaterThan(0);
  restored.close();
});

test('a ledger of an earlier version, and one without a place for markers, wait as they did', async () => {
  const own = home();
  const first = await openLedger(own.ledger);
  await fill(first);
  first.close();
  const second = await openAt(own);
  expect(second.doubted).toBe(0);
  second.close();
  expect(readdirSync(own.markers)).toHaveLength(1);
});

test('without a writable marker no copy is recognized', async () => {
  const own = home();
  // A file where a folder would have to be made.
  writeFileSync(join(own.markers, '..'), '');
  const first = await openAt(own);
  await fill(first);
  first.close();
  const again = await openAt(own);
  expect(again.doubted).toBe(0);
  again.close();
});
