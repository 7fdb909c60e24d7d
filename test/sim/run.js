// npm run sim -- [--seed N] [--kills N] [--real N] [--replay EPISODE --id ID]
//
// Kills processes of the program at random steps, most of them on a virtual clock and some for real, and counts the
// messages that a gateway accepted more than once, or never. Prints seed, episode and step of the first such message;
// --replay plays that episode again and writes down what happened, with every request about a message.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '1000' },
    real: { type: 'string' },
    replay: { type: 'string' },
    id: { type: 'string', default: '' },
    // Of a part: the bundle, and the episode to begin with.
    bundle: { type: 'string' },
    from: { type: 'string', default: '0' },
  },
});
const seed = Number(values.seed);
const kills = Number(values.kills);

const print = (line) => process.stdout.write(`${line}\n`);

/** Kills that one process plays: SQLite does not give back all descriptors of the ledgers that it opened. */
const killsPerPart = 500;

if (values.bundle === undefined) process.exitCode = await main();
else await playPart(values.bundle);

/** Plays all parts, one after the other. Resolves to the exit code. */
async function main() {
  const folder = mkdtempSync(join(process.cwd(), 'node_modules', '.sim-'));
  try {
    await bundleTo(folder);
    const load = (name) => import(pathToFileURL(join(folder, `${name}.mjs`)).href);
    if (values.replay !== undefined) {
      const { replay } = await load('sim');
      await replay(seed, Number(values.replay), values.id, print);
      return 0;
    }
    // A real kill takes a hundred times as long as one on a virtual clock.
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
      `seed ${seed}: ${sum.kills} kills in ${sum.episodes} episodes of ${sum.messages} messages: lost 0, doubled 0; ${sum.resolved} doubts that the gateway could not settle, settled by hand (${seconds} s)`,
    );
    if (real === 0) return 0;
    const { killForReal } = await load('real');
    const so = await killForReal(seed, real);
    print(
      `seed ${seed}: ${so.kills} kills of real processes, ${so.messages} messages: lost ${so.lost}, doubled ${so.doubled}`,
    );
    return so.lost + so.doubled > 0 ? 1 : 0;
  } catch (cause) {
    process.stderr.write(`${cause instanceof Error ? cause.message : cause}\n`);
    return 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bundleTo(folder) {
  const { rolldown } = await import('rolldown');
  const bundle = await rolldown({
    input: { sim: 'test/sim/sim.ts', real: 'test/sim/real.ts' },
    platform: 'node',
    external: [/^(?!\.|\/)/],
    transform: { define: { __VERSION__: '"sim"' } },
    logLevel: 'silent',
  });
  await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name].mjs',
  });
}

/** Resolves to what a part came to. @throws its violation */
function startPart(folder, from, kills) {
  return new Promise((resolve, reject) => {
    const words = ['--seed', seed, '--kills', kills, '--from', from, '--bundle', folder].map(String);
    const child = fork(new URL(import.meta.url).pathname, words);
    let told;
    child.on('message', (message) => {
      told = message;
    });
    child.on('exit', (code) => {
      if (told?.result) resolve(told.result);
      else reject(new Error(told?.violation ?? `a part ended with ${code}`));
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
