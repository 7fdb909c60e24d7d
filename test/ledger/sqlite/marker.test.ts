import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { Ledger } from '../../../src/ledger/api.ts';
import { openLedger } from '../../../src/ledger/sqlite/open.ts';
import { bulkId } from '../../../src/message/bulk.ts';
import { bulkRows, bulkSpec, plan } from '../../support/messages.ts';

function createHome() {
  const path = mkdtempSync(join(tmpdir(), 'qlara-'));
  return { ledger: join(path, 'default.db'), markers: join(path, 'config', 'ledgers') };
}

type Home = ReturnType<typeof createHome>;

const openHome = ({ ledger, markers }: Home) => openLedger(ledger, { markers });

/** Copies a closed ledger. */
function copyLedger(from: Home, to: Home): void {
  for (const end of ['', '-wal', '-shm']) {
    rmSync(to.ledger + end, { force: true });
    try {
      copyFileSync(from.ledger + end, to.ledger + end);
    } catch {}
  }
}

/** Adds two single messages and a bulk of three rows, the first of which is claimed. */
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

async function listPhases(ledger: Ledger): Promise<string[]> {
  return (await ledger.list({})).map(({ phase }) => phase).sort();
}

test('keeps queued messages of a ledger that was not moved', async () => {
  const own = createHome();
  const first = await openHome(own);
  await fill(first);
  first.close();
  const again = await openHome(own);
  expect([again.doubted, await listPhases(again)]).toEqual([
    0,
    ['accepted', 'queued', 'queued', 'queued', 'queued'],
  ]);
  again.close();
});

test('leaves queued messages of a copied ledger in doubt', async () => {
  const [own, other] = [createHome(), createHome()];
  const first = await openHome(own);
  const id = await fill(first);
  first.close();
  copyLedger(own, other);
  const copied = await openHome(other);
  expect(copied.doubted).toBe(4);
  expect((await copied.find('a'))?.phase).toBe('doubt');
  expect(await copied.bulks.countUnsettled(id)).toEqual({ queued: 0, doubt: 2 });
  const run = await copied.bulks.take(id, 'route', 9);
  expect((await run.commitAndClaim([], 9, 10)).claimed).toEqual([]);
  await run.release();
  copied.close();
  // From now on it is treated like any ledger.
  const again = await openHome(other);
  expect(again.doubted).toBe(0);
  again.close();
});

test('leaves queued messages of a restored ledger in doubt', async () => {
  const [own, backup] = [createHome(), createHome()];
  const first = await openHome(own);
  await fill(first);
  first.close();
  copyLedger(own, backup);
  const later = await openHome(own);
  await later.claim(plan('a'), 'route', 9);
  later.close();
  copyLedger(backup, own);
  const restored = await openHome(own);
  expect([restored.doubted, (await restored.find('a'))?.phase]).toEqual([4, 'doubt']);
  restored.close();
});

test('recognizes a ledger restored during a bulk as older', async () => {
  const [own, backup] = [createHome(), createHome()];
  const first = await openHome(own);
  const id = await fill(first);
  const run = await first.bulks.take(id, 'route', 9);
  copyLedger(own, backup);
  await run.commitAndClaim([], 1, 10);
  first.close();
  copyLedger(backup, own);
  const restored = await openHome(own);
  expect(restored.doubted).toBeGreaterThan(0);
  restored.close();
});

test('keeps queued messages of an older ledger and of one without markers', async () => {
  const own = createHome();
  const first = await openLedger(own.ledger);
  await fill(first);
  first.close();
  const second = await openHome(own);
  expect(second.doubted).toBe(0);
  second.close();
  expect(readdirSync(own.markers)).toHaveLength(1);
});

test('recognizes no copy without a writable marker', async () => {
  const own = createHome();
  // A file in the place of the folder.
  writeFileSync(join(own.markers, '..'), '');
  const first = await openHome(own);
  await fill(first);
  first.close();
  const again = await openHome(own);
  expect(again.doubted).toBe(0);
  again.close();
});
