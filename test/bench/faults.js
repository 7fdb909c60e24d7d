import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleTo } from '../support/bundle.js';

/**
 * Counts the messages that are lost or doubled while workers, connections and the database fail; see `faults/run.ts` for the
 * flags. Takes as long as the faults do, by default more than five minutes.
 */
export async function faults(args) {
  const folder = mkdtempSync(join(process.cwd(), 'node_modules', '.faults-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', remove);
  await bundleTo(folder, {
    run: 'test/bench/faults/run.ts',
    gateway: 'test/bench/faults/gateway.ts',
  });
  const { runWithFaults } = await import(pathToFileURL(join(folder, 'run.mjs')).href);
  return runWithFaults(args, join(folder, 'gateway.mjs'));
}
