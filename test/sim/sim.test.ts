import { expect, test } from 'vitest';
import { simulate } from './sim.ts';

/** For a soak test: `npm run sim -- --seed 1 --kills 10000`. */
test('repeatedly killed processes neither lose nor duplicate a message', {
  timeout: 120_000,
}, async () => {
  const result = await simulate(1, 200);
  expect(result.kills).toBeGreaterThanOrEqual(200);
  expect(result.messages).toBe(result.accepted);
});
