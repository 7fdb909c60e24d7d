// npm run sim -- [--seed N] [--kills N] [--real N] [--replay EPISODE --id ID]
//
// Kills processes of the program at random steps, most of them on a virtual clock and the last few for real, and counts
// the messages that a gateway accepted more than once, or never. Prints seed, episode and step of the first such message.
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { rolldown } from 'rolldown';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    kills: { type: 'string', default: '1000' },
    real: { type: 'string' },
    replay: { type: 'string' },
    id: { type: 'string', default: '' },
  },
});
const seed = Number(values.seed);
const kills = Number(values.kills);
// A real kill takes a hundred times as long as one on a virtual clock.
const real = Number(values.real ?? Math.ceil(kills / 100));

const folder = mkdtempSync(join(process.cwd(), 'node_modules', '.sim-'));
const bundle = await rolldown({
  input: { sim: 'test/sim/sim.ts', real: 'test/sim/real.ts' },
  platform: 'node',
  external: [/^(?!\.|\/)/],
  transform: { define: { __VERSION__: '"sim"' } },
  logLevel: 'silent',
});
let failed = false;
try {
  await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name].mjs',
  });
  const { simulate, replay } = await import(pathToFileURL(join(folder, 'sim.mjs')).href);
  const { killForReal } = await import(pathToFileURL(join(folder, 'real.mjs')).href);
  if (values.replay !== undefined) {
    await replay(seed, Number(values.replay), values.id, (line) => process.stdout.write(`${line}\n`));
  } else {
    const begin = performance.now();
    let shown = 0;
    const result = await simulate(seed, kills - real, (so) => {
      if (performance.now() - shown < 10_000) return;
      shown = performance.now();
      process.stderr.write(`${so.kills} kills, ${so.episodes} episodes\n`);
    });
    const played = ((performance.now() - begin) / 1000).toFixed(0);
    process.stdout.write(
      `seed ${seed}: ${result.kills} kills in ${result.episodes} episodes, ${result.messages} messages: lost 0, doubled 0; ${result.resolved} doubts without proof, settled by hand (${played} s)\n`,
    );
    if (real > 0) {
      const so = await killForReal(seed, real);
      process.stdout.write(
        `seed ${seed}: ${so.kills} kills of real processes, ${so.messages} messages: lost ${so.lost}, doubled ${so.doubled}\n`,
      );
      failed = so.lost + so.doubled > 0;
    }
  }
} catch (cause) {
  failed = true;
  process.stderr.write(`${cause instanceof Error && cause.name === 'Violation' ? cause.message : cause}\n`);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed ? 1 : 0;
