import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inject, onTestFinished } from 'vitest';
import type { Ledger } from '../../src/ledger/api.ts';
import { openPostgresLedger, type PostgresLedgerOptions } from '../../src/ledger/postgres/open.ts';
import { readTarget } from '../../src/ledger/postgres/target.ts';
import { type LedgerOptions, openLedger } from '../../src/ledger/sqlite/open.ts';
import { bulkId } from '../../src/message/bulk.ts';
import { afterFile } from './after-file.ts';
import { bulkRows, bulkSpec } from './messages.ts';

let schemas = 0;

/**
 * Returns a place for a ledger of the engine that is tested: a path in a new folder that is removed after the file's
 * tests, or the URL of a schema.
 */
export function freshLedgerPath(): string {
  const server = inject('postgres');
  if (server !== undefined) return `${server}?schema=t${process.pid}_${++schemas}`;
  const folder = mkdtempSync(join(tmpdir(), 'qlara-ledger-'));
  afterFile(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'default.db');
}

type Options = LedgerOptions & Partial<PostgresLedgerOptions>;

/** Opens a ledger, which the caller closes. */
export function openPlainLedger(path: string, options: Options = {}): Promise<Ledger> {
  return path.startsWith('postgres:')
    ? openPostgresLedger(readTarget(path, {}), { waitMs: 5_000, ...options })
    : openLedger(path, options);
}

/** Opens a ledger and closes it when the test ends. */
export async function openTestLedger(path = freshLedgerPath(), options?: Options): Promise<Ledger> {
  const ledger = await openPlainLedger(path, options);
  onTestFinished(() => ledger.close());
  return ledger;
}

/** Creates a bulk of so many rows, which no process sends yet; returns its id. */
export async function createBulk({ bulks }: Pick<Ledger, 'bulks'>, rows: number): Promise<string> {
  const id = bulkId('0193b2c4-7f1e-7c3a-9d2b-000000000001');
  await bulks.begin(bulkSpec({ id, concurrency: 1 }));
  await bulks.add(id, bulkRows(rows));
  await bulks.seal(id, 'f');
  return id;
}
