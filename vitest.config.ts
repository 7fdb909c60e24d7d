import { defineConfig } from 'vitest/config';

export default defineConfig({
  define: { __VERSION__: '"0.0.0-test"' },
  test: {
    setupFiles: ['test/support/setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // Tests mostly wait for programs that they run.
    maxWorkers: 3,
    // A process per worker, not per file: half of the time of the tests that run no program was spent on loading modules.
    isolate: false,
    projects: [
      { extends: true, test: { name: 'all', include: ['test/**/*.test.ts'] } },
      {
        // Every engine of the ledger passes the same tests.
        extends: true,
        test: {
          name: 'postgres',
          include: ['test/ledger/conformance/**/*.test.ts'],
          globalSetup: ['test/support/postgres-global.ts'],
        },
      },
    ],
  },
});
