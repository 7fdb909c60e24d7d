import { expect, test } from 'vitest';
import { fixedRate } from '../../../src/message/rate-limit.ts';
import { systemClock } from '../../../src/storage/monotonic.ts';
import { freshLedgerPath, openTestLedger } from '../../support/ledgers.ts';

test('processes share the slots of a rate', async () => {
  const path = freshLedgerPath();
  const processes = await Promise.all([openTestLedger(path), openTestLedger(path), openTestLedger(path)]);
  const times: number[] = [];
  for (let round = 0; round < 5; round++)
    for (const { bulks } of processes) {
      const { from, every, count } = await bulks.reserve(fixedRate(100), 4);
      for (let n = 0; n < count; n++) times.push(from + n * every);
    }
  const sorted = times.sort((a, b) => a - b);
  const gaps = sorted.slice(1).map((time, n) => time - (sorted[n] ?? 0));
  expect(times).toHaveLength(60);
  // Machines read the clock of the ledger with the error of a round trip.
  expect(Math.min(...gaps)).toBeGreaterThan(8);
  expect((sorted.at(-1) ?? 0) - (sorted[0] ?? 0)).toBeLessThan(59 * 10 + 25);
});

test('a pause that the gateway asks one process for holds back all', async () => {
  const path = freshLedgerPath();
  const [one, other] = [await openTestLedger(path), await openTestLedger(path)];
  const until = systemClock.monotonic() + 5_000;
  await one.bulks.hold(until);
  await one.bulks.hold(until - 3_000);
  expect((await other.bulks.reserve(fixedRate(100), 1)).from).toBeGreaterThan(until - 10);
});
