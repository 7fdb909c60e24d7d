import { expect, test } from 'vitest';
import { schema } from '../../../src/ledger/sqlite/schema.ts';
import { bulkId } from '../../../src/message/bulk.ts';
import { openDatabase } from '../../../src/storage/database.ts';
import { freshLedgerPath, openTestLedger } from '../../support/ledgers.ts';
import { bulkRows, bulkSpec, smsAccepted } from '../../support/messages.ts';

const spec = () => bulkSpec({ id: bulkId('0193b2c4-7f1e-7c3a-9d20-5e8f1a2b3c4d') });

test('writes failed outcomes later and loses no row', async () => {
  const path = freshLedgerPath();
  const { bulks } = await openTestLedger(path);
  await bulks.begin(spec());
  await bulks.add(spec().id, bulkRows(4));
  const { bulk } = await bulks.seal(spec().id, 'f');
  const run = await bulks.take(bulk.id, 'me', 7);
  const { claimed } = await run.commitAndClaim([], 2, 8);
  const outcomes = claimed.map((target) => ({ target, event: smsAccepted(`msg_${target.row}`) }));
  const raw = await openDatabase(path, schema);
  raw.write((sql) =>
    sql.run("CREATE TRIGGER full BEFORE INSERT ON bulk_counts BEGIN SELECT RAISE(ABORT, 'full'); END"),
  );
  await expect(run.commitAndClaim(outcomes, 2, 11)).rejects.toMatchObject({ code: 'ledger.unusable' });
  expect(await bulks.countUnsettled(bulk.id)).toEqual({ queued: 2, doubt: 2 });
  raw.write((sql) => sql.run('DROP TRIGGER full'));
  raw.close();
  expect((await run.commitAndClaim(outcomes, 2, 12)).claimed.map(({ row }) => row)).toEqual([3, 4]);
  expect(await bulks.countUnsettled(bulk.id)).toEqual({ queued: 0, doubt: 2 });
  await run.release();
});
