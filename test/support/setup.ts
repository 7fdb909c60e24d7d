import { afterAll, vi } from 'vitest';
import { runAfterFile } from './after-file.ts';

// The developer's terminal must not change what tests render.
for (const name of ['LANG', 'LC_ALL', 'LC_CTYPE', 'TERM', 'COLORTERM', 'NO_COLOR', 'FORCE_COLOR'])
  delete process.env[name];

afterAll(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await runAfterFile();
});
