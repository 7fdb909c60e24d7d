import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { changeConfig, readConfig } from '../../src/config/profiles.ts';

const root = mkdtempSync(join(tmpdir(), 'qlara-config-'));
afterAll(() => rmSync(root, { recursive: true }));

let made = 0;
function folder(text?: string): string {
  const path = join(root, String(made++), 'qlara');
  if (text !== undefined) {
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'config.json'), text);
  }
  return path;
}

const textIn = (path: string) => readFileSync(join(path, 'config.json'), 'utf8');

describe('the contents of config.json', () => {
  test('is the least there is where no file is', async () => {
    expect(await readConfig(folder())).toEqual({ current: 'default', profiles: {} });
  });

  test('a file of the first version is read as it was meant, and left as it is', async () => {
    const text = '{"profiles":{"shop":{"from":"ACME"}}}';
    const path = folder(text);
    expect(await readConfig(path)).toEqual({ current: 'default', profiles: { shop: { from: 'ACME' } } });
    expect(textIn(path)).toBe(text);
  });

  test('an old file is migrated when it is written', async () => {
    const path = folder('{"profiles":{"shop":{"from":"ACME"}}}');
    await changeConfig(path, (config) => ({ ...config, current: 'shop' }));
    expect(JSON.parse(textIn(path))).toEqual({
      version: 2,
      current: 'shop',
      profiles: { shop: { from: 'ACME' } },
    });
  });

  test('only its owner can read it, and the folder that was made for it', async () => {
    const path = folder();
    await changeConfig(path, (config) => config);
    expect(statSync(path).mode & 0o777).toBe(0o700);
    for (const file of ['config.json', 'lock']) expect(statSync(join(path, file)).mode & 0o777).toBe(0o600);
  });

  test('a file that others could read is closed to them when it is written', async () => {
    const path = folder('{}');
    await changeConfig(path, (config) => config);
    expect(statSync(join(path, 'config.json')).mode & 0o777).toBe(0o600);
  });
});

describe('a file that cannot be used is named, and kept to the letter', () => {
  test.each([
    ['half of it', '{"profiles":'],
    ['empty', ''],
    ['null', 'null'],
    ['a list', '[]'],
    ['a setting nobody knows', '{"profiles":{"default":{"color":"red"}}}'],
    ['a number for text', '{"profiles":{"default":{"agentId":10}}}'],
    ['nested too deeply', `{"profiles":${'['.repeat(100_000)}${']'.repeat(100_000)}}`],
    ['text that cannot become text', '{"version":{"toString":1},"current":{"toString":1}}'],
    ['from a newer version', '{"version":99,"profiles":{}}'],
    ['of no version', '{"version":0}'],
  ])('%s', async (_, text) => {
    const path = folder(text);
    const complaint = { kind: 'setup', code: 'config.broken', message: expect.stringContaining(path) };
    await expect(readConfig(path)).rejects.toMatchObject(complaint);
    await expect(changeConfig(path, (config) => config)).rejects.toMatchObject(complaint);
    expect(textIn(path)).toBe(text);
  });
});

test('a profile may be called like what every object has', async () => {
  const path = folder('{"profiles":{"__proto__":{"from":"Me"},"toString":{"from":"You"}}}');
  const { profiles } = await readConfig(path);
  expect([Object.keys(profiles), profiles.constructor, Object.values(profiles).at(-1)?.from]).toEqual([
    ['__proto__', 'toString'],
    undefined,
    'You',
  ]);
});

test('a folder that cannot be written is named', async () => {
  const path = join(folder('{}'), 'config.json', 'below');
  await expect(changeConfig(path, (config) => config)).rejects.toMatchObject({
    kind: 'setup',
    code: 'config.unwritable',
    message: expect.stringContaining(path),
  });
});

test('concurrent writers lose nothing', async () => {
  const path = folder();
  const names = Array.from({ length: 30 }, (_, i) => `p${i}`);
  await Promise.all(
    names.map((name) =>
      changeConfig(path, ({ current, profiles }) => ({ current, profiles: { ...profiles, [name]: {} } })),
    ),
  );
  expect(Object.keys((await readConfig(path)).profiles).sort()).toEqual(names.sort());
});
