import { expect, test } from 'vitest';
import { schema } from '../../../src/ledger/sqlite/schema.ts';
import { bulkId } from '../../../src/message/bulk.ts';
import { openDatabase } from '../../../src/storage/database.ts';
import { freshLedgerPath, openTestLedger } from '../../support/ledgers.ts';
import { bulkSpec, smsAccepted } from '../../support/messages.ts';

const spec = () => bulkSpec({ id: bulkId('0193b2c4-7f1e-7c3a-9d20-5e8f1a2b3c4d') });

async function collect<T>(pages: AsyncIterable<T[]>): Promise<T[]> {
  const found: T[] = [];
  for await (const page of pages) found.push(...page);
  return found;
}

test('migrates a ledger without bulks', async () => {
  const path = freshLedgerPath();
  const old = await openDatabase(path, { ...schema, steps: schema.steps.slice(0, 1) });
  old.close();
  const { bulks } = await openTestLedger(path);
  expect(await bulks.list()).toEqual([]);
});

test('resumes a bulk of an older version with its recorded outcomes', async () => {
  const path = freshLedgerPath();
  const old = await openDatabase(path, { ...schema, steps: schema.steps.slice(0, 3) });
  const { rows: _, ...body } = { ...spec(), rows: 0 };
  old.write((sql) => {
    sql.run(
      'INSERT INTO bulks (seq, id, body, rows, next, stopped, fingerprint, created_at) VALUES (1, ?, ?, 6, 5, 0, ?, 5)',
      spec().id,
      JSON.stringify(body),
      'f',
    );
    for (let row = 1; row <= 6; row++)
      sql.run('INSERT INTO bulk_rows VALUES (1, ?, ?)', row, `{"to":"+39347100100${row}"}`);
    sql.run("INSERT INTO bulk_claims VALUES (1, 1, 4, 'gone:0', 8)");
    sql.run(
      "INSERT INTO bulk_outcomes VALUES (1, 2, 'taken', 'sms', 'submitted', 0, ?)",
      JSON.stringify([smsAccepted('msg_2')]),
    );
    sql.run("INSERT INTO bulk_counts VALUES (1, 'sms', 'submitted', 0, 1)");
  });
  old.close();
  const { bulks, find } = await openTestLedger(path);
  expect(await bulks.countUnsettled(spec().id)).toEqual({ queued: 2, doubt: 3 });
  expect(await find('msg_2')).toMatchObject({ phase: 'accepted', plan: { to: '+393471001002' } });
  const run = await bulks.take(spec().id, 'me', 100);
  const doubts = await collect(run.listDoubts());
  expect(doubts.map(({ row }) => row)).toEqual([1, 3, 4]);
  const { claimed } = await run.commitAndClaim(
    doubts.map((target) => ({ target, event: smsAccepted(`msg_${target.row}`, 101) })),
    9,
    102,
  );
  expect(claimed.map(({ row }) => row)).toEqual([5, 6]);
  expect(await bulks.counts(spec().id)).toEqual([
    { channel: 'sms', status: 'queued', final: false, count: 2 },
    { channel: 'sms', status: 'submitted', final: false, count: 4 },
  ]);
  await run.release();
});

test('merges the numbers of one person', async () => {
  const [one, other, ada] = ['+5511987654321', '+551187654321', '+393901234567'];
  const path = freshLedgerPath();
  const old = await openDatabase(path, { durability: 'off', steps: schema.steps.slice(0, 6) });
  old.write((sql) => {
    sql.run("INSERT INTO optouts VALUES (?, 5, 'inbound', 'stop')", one);
    sql.run("INSERT INTO optouts VALUES (?, 6, 'told', NULL)", other);
    sql.run("INSERT INTO optouts VALUES (?, 7, 'told', NULL)", ada);
  });
  old.close();
  const ledger = await openTestLedger(path, { durability: 'off' });
  expect(await ledger.optOuts.list()).toMatchObject([
    { phone: ada, at: 7 },
    { phone: one, at: 5, note: 'stop' },
  ]);
  expect((await ledger.optOuts.findByPhone([other])).size).toBe(1);
});
