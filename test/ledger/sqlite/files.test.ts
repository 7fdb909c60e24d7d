import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freshLedgerPath, openTestLedger } from '../../support/ledgers.ts';
import { plan } from '../../support/messages.ts';

test('creates files readable by the owner only', async () => {
  const path = freshLedgerPath();
  const ledger = await openTestLedger(path);
  await ledger.queue([plan('a')], 5);
  const folder = join(path, '..');
  const modes = readdirSync(folder).map((file) => statSync(join(folder, file)).mode & 0o777);
  expect(modes.length).toBeGreaterThanOrEqual(3);
  expect(new Set(modes)).toEqual(new Set([0o600]));
  expect(statSync(folder).mode & 0o777).toBe(0o700);
});

test('refuses a file that is not a ledger and leaves it unchanged', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'qlara-')), 'default.db');
  const text = 'this is not a database, and somebody may want it back '.repeat(40);
  writeFileSync(path, text);
  await expect(openTestLedger(path)).rejects.toMatchObject({ kind: 'setup', code: 'ledger.unusable' });
  expect(readFileSync(path, 'utf8')).toBe(text);
});
