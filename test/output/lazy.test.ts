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

/** The drawing of messages, which measures all it draws; it is loaded as a whole. */
const drawing = ['preview.ts', 'frame.ts', 'cells.ts', 'image.ts'];

test('only what measures loads string-width, and it is itself loaded when needed', () => {
  for (const [name, source] of sources) {
    expect([name, source.includes("from 'string-width'")]).toEqual([name, name === 'width.ts']);
    if (!drawing.includes(name))
      expect(source).not.toMatch(/from '\.\/(width|preview|frame|cells|image)\.ts'/);
    expect([name, source.includes("from './terminal.ts'")]).toEqual([name, false]);
  }
});

test('the drawing of messages is loaded when a message is drawn', () => {
  const commands = join(room, '..', 'commands', 'templates');
  const users = readdirSync(commands).filter((name) =>
    readFileSync(join(commands, name), 'utf8').includes('output/preview.ts'),
  );
  expect(users).toEqual(['drawn.ts']);
  expect(readFileSync(join(commands, 'drawn.ts'), 'utf8')).toContain(
    "await import('../../output/preview.ts')",
  );
});
