import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __VERSION__: '"0.0.0-test"' },
  test: {
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Tests mostly wait for programs that they run.
    maxWorkers: 3,
    // A process per worker, not per file: half of the time of the tests that run no program was spent on loading modules.
    isolate: false,
  },
});
