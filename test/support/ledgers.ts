import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Ledger } from '../../src/ledger/api.ts';
import { openLedger } from '../../src/ledger/sqlite/open.ts';
import { afterFile } from './after-file.ts';

/** Returns a path for a ledger, in a new folder that is removed after the file's tests. */
export function freshLedgerPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'qlara-ledger-'));
  afterFile(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'default.db');
}

/** Opens a ledger and closes it when the test ends. */
export async function openTestLedger(
  path = freshLedgerPath(),
  options?: Parameters<typeof openLedger>[1],
): Promise<Ledger> {
  const ledger = await openLedger(path, options);
  onTestFinished(() => ledger.close());
  return ledger;
}
