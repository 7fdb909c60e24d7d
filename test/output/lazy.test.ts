import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const room = join(import.meta.dirname, '../../src/output');
const sources = readdirSync(room).map((name) => [name, readFileSync(join(room, name), 'utf8')] as const);

test.each([
  ['chalk', 'style.ts'],
  ['cli-table3', 'table.ts'],
  ['log-update', 'live.ts'],
  ['ora', 'progress.ts'],
])('%s is loaded by %s, when it is needed', (library, home) => {
  for (const [name, source] of sources) {
    expect([name, source.includes(`from '${library}'`)]).toEqual([name, false]);
    expect([name, source.includes(`import('${library}')`)]).toEqual([name, name === home]);
  }
});

test('only what measures loads string-width, and it is itself loaded when needed', () => {
  for (const [name, source] of sources) {
    expect([name, source.includes("from 'string-width'")]).toEqual([name, name === 'width.ts']);
    expect([name, source.includes("from './width.ts'")]).toEqual([name, false]);
    expect([name, source.includes("from './terminal.ts'")]).toEqual([name, false]);
  }
});
