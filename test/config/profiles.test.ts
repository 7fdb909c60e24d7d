import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { changeConfig, readConfig } from '../../src/config/profiles.ts';

const root = mkdtempSync(join(tmpdir(), 'qlara-config-'));
afterAll(() => rmSync(root, { recursive: true }));

let made = 0;
function createFolder(text?: string): string {
  const path = join(root, String(made++), 'qlara');
  if (text !== undefined) {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'config.json'), text);
  }
  return path;
}

const readText = (path: string) => readFileSync(join(path, 'config.json'), 'utf8');

describe('the contents of config.json', () => {
  test('are minimal without a file', async () => {
    expect(await readConfig(createFolder())).toEqual({ current: 'default', profiles: {} });
  });

  test('are read from the first version and left unchanged', async () => {
    const text = '{"profiles":{"shop":{"from":"ACME"}}}';
    const path = createFolder(text);
    expect(await readConfig(path)).toEqual({ current: 'default', profiles: { shop: { from: 'ACME' } } });
    expect(readText(path)).toBe(text);
  });

  test('are migrated on write', async () => {
    const path = createFolder('{"profiles":{"shop":{"from":"ACME"}}}');
    await changeConfig(path, (config) => ({ ...config, current: 'shop' }));
    expect(JSON.parse(readText(path))).toEqual({
      version: 2,
      current: 'shop',
      profiles: { shop: { from: 'ACME' } },
    });
  });

  test('are readable by their owner only, as is the created folder', async () => {
    const path = createFolder();
    await changeConfig(path, (config) => config);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const file of ['config.json', 'lock']) expect(statSync(join(path, file)).mode & 0o777).toBe(0o600);
  });

  test('become private on write if others could read them', async () => {
    const path = createFolder('{}');
    await changeConfig(path, (config) => config);
    expect(statSync(join(path, 'config.json')).mode & 0o777).toBe(0o600);
  });
});

describe('an invalid file is named and left unchanged', () => {
  test.each([
    ['truncated', '{"profiles":'],
    ['empty', ''],
    ['null', 'null'],
    ['list', '[]'],
    ['unknown setting', '{"profiles":{"default":{"color":"red"}}}'],
    ['number instead of text', '{"profiles":{"default":{"agentId":10}}}'],
    ['deeply nested', `{"profiles":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['value that cannot be converted to a string', '{"version":{"toString":1},"current":{"toString":1}}'],
    ['newer version', '{"version":99,"profiles":{}}'],
    ['invalid version', '{"version":0}'],
  ])('%s', async (_, text) => {
    const path = createFolder(text);
    const complaint = { kind: 'setup', code: 'config.broken', message: expect.stringContaining(path) };
    await expect(readConfig(path)).rejects.toMatchObject(complaint);
    await expect(changeConfig(path, (config) => config)).rejects.toMatchObject(complaint);
    expect(readText(path)).toBe(text);
  });
});

test('accepts profiles named like object properties', async () => {
  const path = createFolder('{"profiles":{"__proto__":{"from":"Me"},"toString":{"from":"You"}}}');
  const { profiles } = await readConfig(path);
  expect([Object.keys(profiles), profiles.constructor, Object.values(profiles).at(-1)?.from]).toEqual([
    ['__proto__', 'toString'],
    undefined,
    'You',
  ]);
});

test('names a folder that is not writable', async () => {
  const path = join(createFolder('{}'), 'config.json', 'below');
  await expect(changeConfig(path, (config) => config)).rejects.toMatchObject({
    kind: 'setup',
    code: 'config.unwritable',
    message: expect.stringContaining(path),
  });
});

test('loses nothing with concurrent writers', async () => {
  const path = createFolder();
  const names = Array.from({ length: 30 }, (_, i) => `p${i}`);
  await Promise.all(
    names.map((name) =>
      changeConfig(path, ({ current, profiles }) => ({ current, profiles: { ...profiles, [name]: {} } })),
    ),
  );
  expect(Object.keys((await readConfig(path)).profiles).sort()).toEqual(names.sort());
});
