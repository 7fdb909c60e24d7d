/**
 * Measures the speeds stated in the README, each as a ratio to a baseline in the same run, since machines
 * differ and vary over time.
 *   npm run bench                          all
 *   npm run bench -- start                 one
 *   npm run bench -- faults --seed 2       messages lost and doubled under faults, which is not one of all
 *   npm run bench -- postgres --pace       a part of the ledger on PostgreSQL, which is not one of all either
 */
import { bulk } from './bulk.js';
import { copy } from './copy.js';
import { faults } from './faults.js';
import { listen } from './listen.js';
import { postgres } from './postgres.js';
import { start } from './start.js';
import { watch } from './watch.js';

const all = { start, watch, listen, bulk, copy };
const known = { ...all, faults, postgres };
const args = process.argv.slice(2);
const firstFlag = args.findIndex((arg) => arg.startsWith('--'));
const chosen = firstFlag < 0 ? args : args.slice(0, firstFlag);
const flags = args.slice(chosen.length);

for (const name of chosen.length > 0 ? chosen : Object.keys(all)) {
  const measure = known[name];
  if (measure === undefined)
    throw new Error(`there is no benchmark ${name}: ${Object.keys(known).join(', ')}`);
  process.stdout.write(`\n${await measure(flags)}\n`);
}
// A connection that a fault left half open must not keep this process.
process.stdout.write('', () => process.exit());
