// npm run sim -- [--seed N] [--kills N] [--real N] [--replay EPISODE --id ID]
//
// Kills processes of the program at random steps, mostly on a virtual clock and some for real, and counts
// messages that a gateway accepted more than once or never. Prints seed, episode and step of the first such
// message; --replay repeats that episode and prints its events with every request about a message.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { bundleTo } from '../support/bundle.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '1000' },
    real: { type: 'string' },
    replay: { type: 'string' },
    id: { type: 'string', default: '' },
    // For a child process: the bundle and the first episode.
    bundle: { type: 'string' },
    from: { type: 'string', default: '0' },
  },
});
const seed = Number(values.seed);
const kills = Number(values.kills);

const print = (line) => process.stdout.write(`${line}\n`);

/** Kills per child process: SQLite does not release all descriptors of opened ledgers. */
const killsPerPart = 500;

if (values.bundle === undefined) process.exitCode = await main();
else await playPart(values.bundle);

/** Runs all parts in sequence; resolves to the exit code. */
async function main() {
  const folder = mkdtempSync(join(process.cwd(), 'node_modules', '.sim-'));
  try {
    await bundleTo(folder, { sim: 'test/sim/sim.ts', real: 'test/sim/real.ts' });
    const load = (name) => import(pathToFileURL(join(folder, `${name}.mjs`)).href);
    if (values.replay !== undefined) {
      const { replay } = await load('sim');
      await replay(seed, Number(values.replay), values.id, print);
      return 0;
    }
    // A real kill takes a hundred times as long as a simulated one.
    const real = Number(values.real ?? Math.ceil(kills / 100));
    const begin = performance.now();
    const sum = { kills: 0, episodes: 0, messages: 0, accepted: 0, resolved: 0 };
    while (sum.kills < kills - real) {
      const part = await startPart(folder, sum.episodes, Math.min(kills - real - sum.kills, killsPerPart));
      for (const name of Object.keys(sum)) sum[name] += part[name];
      process.stderr.write(`${sum.kills} kills, ${sum.episodes} episodes\n`);
    }
    const seconds = ((performance.now() - begin) / 1000).toFixed(0);
    print(
      `seed ${seed}: ${sum.kills} kills in ${sum.episodes} episodes of ${sum.messages} messages: lost 0, duplicated 0; ${sum.resolved} in doubt resolved by hand (${seconds} s)`,
    );
    if (real === 0) return 0;
    const { killForReal } = await load('real');
    const realResult = await killForReal(seed, real);
    print(
      `seed ${seed}: ${realResult.kills} kills of real processes, ${realResult.messages} messages: lost ${realResult.lost}, duplicated ${realResult.doubled}`,
    );
    return realResult.lost + realResult.doubled > 0 ? 1 : 0;
  } catch (cause) {
    process.stderr.write(`${cause instanceof Error ? cause.message : cause}\n`);
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * Resolves to the result of a part.
 * @throws its violation
 */
function startPart(folder, from, kills) {
  return new Promise((resolve, reject) => {
    const args = ['--seed', seed, '--kills', kills, '--from', from, '--bundle', folder].map(String);
    const child = fork(new URL(import.meta.url).pathname, args);
    let report;
    child.on('message', (message) => {
      report = message;
    });
    child.on('exit', (code) => {
      if (report?.result) resolve(report.result);
      else reject(new Error(report?.violation ?? `a part exited with ${code}`));
    });
  });
}

async function playPart(folder) {
  const { simulate } = await import(pathToFileURL(join(folder, 'sim.mjs')).href);
  try {
    process.send({ result: await simulate(seed, kills, Number(values.from)) });
  } catch (cause) {
    process.send({ violation: cause.message });
  }
}
