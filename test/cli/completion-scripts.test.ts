import { join } from 'node:path';
import { expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { buildOutlines } from '../../src/cli/completions/outline.ts';
import { scripts } from '../../src/cli/completions/scripts.ts';
import { files, type Shell } from '../../src/commands/completion.ts';

const folder = join(import.meta.dirname, '..', '..', 'completions');

// `npm run completions` runs this test and updates the scripts.
test.each(Object.keys(files) as Shell[])(
  'the script for %s is up to date; if not: npm run completions',
  async (shell) => {
    const script = scripts[shell](await buildOutlines(commands));
    expect(script).toMatch(/^[ -~\n]+$/);
    await expect(script).toMatchFileSnapshot(join(folder, files[shell]));
  },
);
