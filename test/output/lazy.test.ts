import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const room = join(import.meta.dirname, '../../src/output');
const sources = readdirSync(room, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => [name, readFileSync(join(room, name), 'utf8')] as const);

test.each([
  ['chalk', 'style.ts'],
  ['cli-table3', 'formats/table.ts'],
  ['log-update', 'live.ts'],
  ['ora', 'spinner.ts'],
])('%s is loaded by %s, when it is needed', (library, home) => {
  for (const [name, source] of sources) {
    expect([name, source.includes(`from '${library}'`)]).toEqual([name, false]);
    expect([name, source.includes(`import('${library}')`)]).toEqual([name, name === home]);
  }
});

test('only what measures loads string-width, and it is itself loaded when needed', () => {
  for (const [name, source] of sources) {
    expect([name, source.includes("from 'string-width'")]).toEqual([name, name === 'width.ts']);
    // The drawing of messages measures all it draws, and is loaded as a whole.
    if (!name.startsWith('phone/'))
      expect(source).not.toMatch(/from '\.{1,2}\/(?:phone\/)?(width|preview|frame|cells|image)\.ts'/);
    expect([name, source.includes("from './terminal.ts'")]).toEqual([name, false]);
  }
});

test('the drawing of messages is loaded when a message is drawn', () => {
  const all = join(room, '..');
  const users = readdirSync(all, { recursive: true, encoding: 'utf8' }).filter(
    (name) =>
      name.endsWith('.ts') && readFileSync(join(all, name), 'utf8').includes('output/phone/preview.ts'),
  );
  // The wizard itself is loaded when it asks its first question.
  expect(users.sort()).toEqual(['actions/wizard/template.ts', 'views/template.ts']);
  expect(readFileSync(join(all, 'views/template.ts'), 'utf8')).toContain(
    "await import('../output/phone/preview.ts')",
  );
});
