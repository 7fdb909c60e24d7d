import { expect, test } from 'vitest';
import { simulate } from './sim.ts';

/** More for a soak: `npm run sim -- --seed 1 --kills 10000`. */
test('processes killed again and again neither lose nor double a message', {
  timeout: 120_000,
}, async () => {
  const result = await simulate(1, 200);
  expect(result.kills).toBeGreaterThanOrEqual(200);
  expect(result.messages).toBe(result.accepted);
});
