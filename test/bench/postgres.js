import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleTo } from '../support/bundle.js';

/** Measures the ledger on PostgreSQL; see `postgres/run.ts`. `args` names some of its parts. */
export async function postgres(args) {
  const folder = mkdtempSync(join(process.cwd(), 'node_modules', '.postgres-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  await bundleTo(folder, { run: 'test/bench/postgres/run.ts' });
  const { measurePostgres } = await import(pathToFileURL(join(folder, 'run.mjs')).href);
  return measurePostgres(args.map((arg) => arg.replace(/^--/, '')));
}
