import { spawnSync } from 'node:child_process';
import { expect, test } from 'vitest';

/** For a soak test: `npm run sim -- --seed 1 --kills 10000`. */
test('repeatedly killed processes neither lose nor duplicate a message', { timeout: 120_000 }, () => {
  const args = ['test/sim/run.js', '--seed', '1', '--kills', '200', '--real', '0'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  expect(stdout + stderr).toMatch(/^seed 1: 2\d\d kills in .*: lost 0, duplicated 0;/);
  expect(status).toBe(0);
});
