import { readFileSync } from 'node:fs';
import { defineConfig } from 'rolldown';

const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

/**
 * The published program: CommonJS chunks, which Node starts faster than modules, split where the source says
 * `await import()`, so that a command loads only what it uses.
 */
export default defineConfig({
  input: { main: 'src/main.ts' },
  platform: 'node',
  external: [/^@libsql\//],
  transform: { define: { __VERSION__: JSON.stringify(version) } },
  output: {
    dir: 'dist',
    format: 'cjs',
    entryFileNames: '[name].cjs',
    chunkFileNames: '[name].cjs',
    cleanDir: true,
    minify: true,
  },
});
