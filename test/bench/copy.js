import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleTo } from '../support/bundle.js';

/** Measures `qlara ledger copy` of a ledger with a million rows, into a PostgreSQL server of its own. */
export async function copy() {
  const folder = mkdtempSync(join(process.cwd(), 'node_modules', '.copy-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  await bundleTo(folder, { run: 'test/bench/copy/run.ts' });
  const { measureCopy } = await import(pathToFileURL(join(folder, 'run.mjs')).href);
  return measureCopy(join(process.cwd(), 'bin/qlara.js'));
}
