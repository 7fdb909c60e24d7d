import { expect, test } from 'vitest';
import { bulkId } from '../../../src/message/bulk.ts';
import type { Phone } from '../../../src/message/phone.ts';
import { createBulk, freshLedgerPath, openTestLedger } from '../../support/ledgers.ts';
import { bulkSpec, message } from '../../support/messages.ts';

test('lets one of two processes take a bulk', async () => {
  const path = freshLedgerPath();
  const first = await openTestLedger(path);
  const id = await createBulk(first, 1);
  for (let round = 0; round < 20; round++) {
    const both = await Promise.all([openTestLedger(path), openTestLedger(path)]);
    const taken = await Promise.allSettled(both.map(({ bulks }) => bulks.take(id, 'route', 7)));
    expect(taken.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    for (const result of taken) if (result.status === 'fulfilled') await result.value.release();
  }
});

test('cleanup removes no bulk that is being created or was sealed meanwhile', async () => {
  const path = freshLedgerPath();
  const [one, two] = await Promise.all([openTestLedger(path), openTestLedger(path)]);
  const order = (n: number) =>
    bulkSpec({
      id: bulkId(`0193b2c4-7f1e-7c3a-9d2b-${String(n).padStart(12, '0')}`.replace('9d2b', `9d${10 + n}`)),
    });
  for (let n = 0; n < 30; n += 2) {
    const made = [one, two].map(async ({ bulks }, index) => {
      const ownSpec = order(n + index);
      await bulks.begin(ownSpec);
      await bulks.add(ownSpec.id, [{ to: '+393471001000' as Phone, message, id: null }]);
      return bulks.seal(ownSpec.id, `f${n + index}`);
    });
    await Promise.all(made);
  }
  expect(await one.bulks.list()).toHaveLength(30);
});

test('removes an unsealed bulk when its process is gone', async () => {
  const path = freshLedgerPath();
  const first = await openTestLedger(path);
  const order = bulkSpec({ id: bulkId('0193b2c4-7f1e-7c3a-9d2b-000000000001') });
  await first.bulks.begin(order);
  const second = await openTestLedger(path);
  const other = { ...order, id: bulkId('0193b2c4-7f1e-7c3a-9d2c-000000000001') };
  await second.bulks.begin(other);
  expect(await first.bulks.add(order.id, [])).toEqual(new Map());
  await first.close();
  await second.bulks.begin({ ...order, id: bulkId('0193b2c4-7f1e-7c3a-9d2d-000000000001') });
  await expect(second.bulks.add(order.id, [])).rejects.toThrow('there is no bulk');
});

test('the next process leads a bulk whose first one died, while others go on', async () => {
  const path = freshLedgerPath();
  const [first, helper, second, third] = await Promise.all(
    Array.from({ length: 4 }, () => openTestLedger(path)),
  );
  if (!first || !helper || !second || !third) throw new Error('four were opened');
  const id = await createBulk(first, 6);
  await (await first.bulks.take(id, 'route', 7)).commitAndClaim([], 2, 7);
  const run = await helper.bulks.take(id, 'route', 8, { joins: true });
  await expect(second.bulks.take(id, 'route', 9)).rejects.toMatchObject({ code: 'bulk.running' });
  await first.close();
  const lead = await second.bulks.take(id, 'route', 10);
  await expect(third.bulks.take(id, 'route', 11)).rejects.toMatchObject({ code: 'bulk.running' });
  const rows = async (one: typeof run) => (await one.commitAndClaim([], 2, 12)).claimed.map(({ row }) => row);
  expect([await rows(run), await rows(lead)]).toEqual([
    [3, 4],
    [5, 6],
  ]);
  // The messages of the first one were put in doubt.
  expect(await third.bulks.countUnsettled(id)).toEqual({ queued: 0, doubt: 6 });
});
