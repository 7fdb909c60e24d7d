import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/ledger.ts';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, recorded, rowsOf } from '../support/program.ts';

/**
 * Returns a home with a ledger that the version before wrote (schema 5): single messages, one of them sent despite an
 * opt-out; a bulk that was sent; a bulk that was killed half way.
 */
function oldHome(): Home {
  const home = freshHome();
  mkdirSync(home.state, { recursive: true });
  const ledger = gunzipSync(readFileSync(new URL('../fixtures/ledger-5.db.gz', import.meta.url)));
  writeFileSync(join(home.state, 'sandbox.db'), ledger, { mode: 0o600 });
  return home;
}

test('single messages of an older ledger are read as they stood', async () => {
  const home = oldHome();
  const shown = rowsOf(
    await invoke(['status', '--sandbox', '--no-refresh', '--json', '--limit', '100'], { home }),
  );
  const statuses = Object.fromEntries(shown.map(({ id, status, final }) => [id, [status, final]]));
  expect(statuses).toMatchObject({
    'single-delivered': ['delivered', true],
    'single-failed': ['undelivered', true],
    'single-chain': ['submitted', false],
    'single-forced': ['submitted', false],
  });
  const kept = await recorded(home, 'sandbox');
  const forced = kept.find(({ plan }) => plan.id === 'single-forced');
  expect(forced).toMatchObject({
    phase: 'accepted',
    plan: { overrides: { optOut: 'a recall', window: 'a recall' }, message: { text: 'Say "forced": now' } },
  });
  expect(JSON.stringify(kept)).not.toMatch(/"forced":"|"taken"/);
});

test('the same id with the same content is not sent again', async () => {
  const home = oldHome();
  const args = ['send', 'sms', '--sandbox', '--id', 'single-delivered', '-t', '+393901230001', '--json'];
  const again = await invoke([...args, '-m', 'Hello'], { home });
  expect([again.code, rowsOf(again)[0]?.status]).toEqual([0, 'delivered']);
  expect((await invoke([...args, '-m', 'Other'], { home })).code).toBe(2);
});

test('bulks of an older ledger keep their counts, their reason, and what is left to send', async () => {
  const home = oldHome();
  const list = JSON.parse((await invoke(['bulk', 'list', '--sandbox', '--json'], { home })).stdout);
  expect(list).toMatchObject([
    { name: 'second', state: 'stopped', rows: 40, queued: 29, open: 11 },
    { name: 'first', state: 'done', rows: 4, delivered: 3, failed: 1 },
  ]);
  const [second, first] = list as { id: string }[];
  const shown = await invoke(['bulk', 'show', first?.id ?? '', '--sandbox', '--json'], { home });
  expect(JSON.parse(shown.stdout)).toMatchObject([{ forced: 'by law', delivered: 3, failed: 1 }]);
  const failed = ['bulk', 'show', first?.id ?? '', '--sandbox', '--status', 'undelivered', '--json'];
  expect(rowsOf(await invoke(failed, { home }))).toMatchObject([
    { to: '+393901230003', status: 'undelivered' },
  ]);
  const ledger = await openLedger(join(home.state, 'sandbox.db'));
  const bulk = await ledger.bulks.take(second?.id ?? '', 'route', 1);
  // The ledger was copied, so all that was not accepted is in doubt: the original may have sent it.
  const doubts = [];
  for await (const page of bulk.listDoubts()) doubts.push(...page);
  ledger.close();
  expect(doubts.length).toBe(29);
  expect(doubts.at(-1)?.delivery.plan).toMatchObject({ to: '+393901231140', message: { text: 'Ciao N40' } });
});
