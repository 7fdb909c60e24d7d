import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const folder = join(import.meta.dirname, '../../src/output');
const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => [name, readFileSync(join(folder, name), 'utf8')] as const);

test.each([
  ['chalk', 'style.ts'],
  ['cli-table3', 'formats/table.ts'],
  ['log-update', 'live.ts'],
  ['ora', 'spinner.ts'],
])('%s is loaded lazily by %s', (library, owner) => {
  for (const [name, source] of sources) {
    expect([name, source.includes(`from '${library}'`)]).toEqual([name, false]);
    expect([name, source.includes(`import('${library}')`)]).toEqual([name, name === owner]);
  }
});

test('loads string-width only to measure, and lazily', () => {
  for (const [name, source] of sources) {
    expect([name, source.includes("from 'string-width'")]).toEqual([name, name === 'width.ts']);
    // The drawing code measures everything and is loaded as a whole.
    if (!name.startsWith('phone/'))
      expect(source).not.toMatch(/from '\.{1,2}\/(?:phone\/)?(width|preview|frame|cells|image)\.ts'/);
    expect([name, source.includes("from './terminal.ts'")]).toEqual([name, false]);
  }
});

test('loads the drawing code when a message is drawn', () => {
  const all = join(folder, '..');
  const users = readdirSync(all, { recursive: true, encoding: 'utf8' }).filter(
    (name) =>
      name.endsWith('.ts') && readFileSync(join(all, name), 'utf8').includes('output/phone/preview.ts'),
  );
  // The wizard itself is loaded with its first prompt.
  expect(users.sort()).toEqual(['actions/wizard/template.ts', 'views/template.ts']);
  expect(readFileSync(join(all, 'views/template.ts'), 'utf8')).toContain(
    "await import('../output/phone/preview.ts')",
  );
});
