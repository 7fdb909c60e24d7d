/**
 * Measures the speeds stated in the README, each as a ratio to a baseline in the same run, since machines
 * differ and vary over time.
 *   npm run bench            all
 *   npm run bench -- start   one
 */
import { bulk } from './bulk.js';
import { listen } from './listen.js';
import { start } from './start.js';
import { watch } from './watch.js';

const all = { start, watch, listen, bulk };
const chosen = process.argv.slice(2);

for (const name of chosen.length > 0 ? chosen : Object.keys(all)) {
  const measure = all[name];
  if (measure === undefined) throw new Error(`there is no benchmark ${name}: ${Object.keys(all).join(', ')}`);
  process.stdout.write(`\n${await measure()}\n`);
}
