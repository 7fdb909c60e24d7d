import { afterAll, vi } from 'vitest';
import { runAfterFile } from './after-file.ts';

afterAll(async () => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await runAfterFile();
});
