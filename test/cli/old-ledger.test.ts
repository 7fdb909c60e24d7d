import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
import { invoke } from '../support/invoke.ts';
import { freshHome, type Home, parseRows, recorded } from '../support/program.ts';

/**
 * Creates a home with a ledger of the previous version (schema 5): single messages, one of them sent despite
 * an opt-out; a finished bulk; and a bulk that was killed midway.
 */
function createOldHome(): Home {
  const home = freshHome();
  mkdirSync(home.state, { recursive: true });
  const ledger = gunzipSync(readFileSync(new URL('../fixtures/ledger-5.db.gz', import.meta.url)));
  writeFileSync(join(home.state, 'sandbox.db'), ledger, { mode: 0o600 });
  return home;
}

test('reads single messages of an older ledger unchanged', async () => {
  const home = createOldHome();
  const shown = parseRows(
    await invoke(['status', '--sandbox', '--no-refresh', '--json', '--limit', '100'], { home }),
  );
  const statuses = Object.fromEntries(shown.map(({ id, status, final }) => [id, [status, final]]));
  expect(statuses).toMatchObject({
    'single-delivered': ['delivered', true],
    'single-failed': ['undelivered', true],
    'single-chain': ['submitted', false],
    'single-forced': ['submitted', false],
  });
  const stored = await recorded(home, 'sandbox');
  const forced = stored.find(({ plan }) => plan.id === 'single-forced');
  expect(forced).toMatchObject({
    phase: 'accepted',
    plan: { overrides: { optOut: 'a recall', window: 'a recall' }, message: { text: 'Say "forced": now' } },
  });
  expect(JSON.stringify(stored)).not.toMatch(/"forced":"|"taken"/);
});

test('does not send a message with a known id and content again', async () => {
  const home = createOldHome();
  const args = ['send', 'sms', '--sandbox', '--id', 'single-delivered', '-t', '+393901230001', '--json'];
  const again = await invoke([...args, '-m', 'Hello'], { home });
  expect([again.code, parseRows(again)[0]?.status]).toEqual([0, 'delivered']);
  expect((await invoke([...args, '-m', 'Other'], { home })).code).toBe(2);
});

test('keeps the counts, reasons and queued rows of an older ledger’s bulks', async () => {
  const home = createOldHome();
  const list = JSON.parse((await invoke(['bulk', 'list', '--sandbox', '--json'], { home })).stdout);
  expect(list).toMatchObject([
    { name: 'second', state: 'stopped', rows: 40, queued: 29, open: 11 },
    { name: 'first', state: 'done', rows: 4, delivered: 3, failed: 1 },
  ]);
  const [second, first] = list as { id: string }[];
  const shown = await invoke(['bulk', 'show', first?.id ?? '', '--sandbox', '--json'], { home });
  expect(JSON.parse(shown.stdout)).toMatchObject([{ forced: 'by law', delivered: 3, failed: 1 }]);
  const failed = ['bulk', 'show', first?.id ?? '', '--sandbox', '--status', 'undelivered', '--json'];
  expect(parseRows(await invoke(failed, { home }))).toMatchObject([
    { to: '+393901230003', status: 'undelivered' },
  ]);
  const ledger = await openLedger(join(home.state, 'sandbox.db'));
  const bulk = await ledger.bulks.take(second?.id ?? '', 'route', 1);
  // In a copied ledger, all rows not accepted are in doubt: the original may have sent them.
  const doubts = [];
  for await (const page of bulk.listDoubts()) doubts.push(...page);
  ledger.close();
  expect(doubts.length).toBe(29);
  expect(doubts.at(-1)?.delivery.plan).toMatchObject({ to: '+393901231140', message: { text: 'Ciao N40' } });
});
