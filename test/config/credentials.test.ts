import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { findCredentials, forgetCredentials, storeCredentials } from '../../src/config/credentials.ts';
import type { Credentials } from '../../src/message/credentials.ts';

const root = mkdtempSync(join(tmpdir(), 'qlara-credentials-'));
afterAll(() => rmSync(root, { recursive: true }));

let made = 0;
const createFolder = () => join(root, String(made++));
const withoutKeychain = { QLARA_KEYCHAIN: 'off' };
const key: Credentials = { kind: 'key', key: 'ak_live_1234567890' };
const pair: Credentials = { kind: 'basic', username: 'ada', password: ' with blanks ' };

describe('stored credentials', () => {
  test.each([[key], [pair]])('are read back unchanged: $kind', async (credentials) => {
    const path = createFolder();
    const origin = await storeCredentials(withoutKeychain, path, 'shop', credentials);
    expect(origin).toBe(join(path, 'credentials.json'));
    expect(await findCredentials({}, path, 'shop')).toEqual({ credentials, origin });
    expect(await findCredentials({}, path, 'default')).toBeUndefined();
  });

  test('are readable by their owner only', async () => {
    const path = createFolder();
    const origin = await storeCredentials(withoutKeychain, path, 'default', key);
    expect(statSync(origin).mode & 0o777).toBe(0o600);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  test('are removed without those of other profiles', async () => {
    const path = createFolder();
    await storeCredentials(withoutKeychain, path, 'default', key);
    await storeCredentials(withoutKeychain, path, 'shop', pair);
    expect(await forgetCredentials(path, 'default')).toBe(true);
    expect(await forgetCredentials(path, 'default')).toBe(false);
    expect(readFileSync(join(path, 'credentials.json'), 'utf8')).not.toContain(key.key);
    expect((await findCredentials({}, path, 'shop'))?.credentials).toEqual(pair);
  });

  test('do not exist for a profile named like an object property', async () => {
    const path = createFolder();
    await storeCredentials(withoutKeychain, path, 'default', key);
    expect(await findCredentials({}, path, 'constructor')).toBeUndefined();
  });

  test('are written through a symlink', async () => {
    const path = createFolder();
    const elsewhere = join(createFolder(), 'kept.json');
    mkdirSync(path);
    mkdirSync(join(elsewhere, '..'));
    writeFileSync(elsewhere, '{}');
    symlinkSync(elsewhere, join(path, 'credentials.json'));
    await storeCredentials(withoutKeychain, path, 'default', key);
    expect(lstatSync(join(path, 'credentials.json')).isSymbolicLink()).toBe(true);
    expect(readFileSync(elsewhere, 'utf8')).toContain(key.key);
  });

  test('are all kept when stored concurrently', async () => {
    const path = createFolder();
    const names = Array.from({ length: 20 }, (_, i) => `p${i}`);
    await Promise.all(names.map((name) => storeCredentials(withoutKeychain, path, name, key)));
    for (const name of names) expect(await findCredentials({}, path, name)).toBeDefined();
  });
});

describe('the environment', () => {
  test('overrides stored credentials, which are then not read', async () => {
    const path = createFolder();
    mkdirSync(path);
    writeFileSync(join(path, 'credentials.json'), 'broken');
    const found = await findCredentials({ QLARA_API_KEY: 'of-the-environment' }, path, 'default');
    expect(found).toEqual({ credentials: { kind: 'key', key: 'of-the-environment' }, origin: 'environment' });
  });

  test('without a password has no credentials', async () => {
    const path = createFolder();
    await storeCredentials(withoutKeychain, path, 'default', key);
    expect((await findCredentials({ QLARA_USERNAME: 'ada' }, path, 'default'))?.credentials).toEqual(key);
  });
});

describe('an invalid file', () => {
  const secret = 'ak_live_secret';
  test.each([
    ['truncated', `{"default":{"secret":"${secret}`],
    ['list', `["${secret}"]`],
    ['text', `"${secret}"`],
    ['invalid profile', `{"default":"${secret}"}`],
    ['deeply nested', `{"default":{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
    ['invalid secret', `{"default":{"secret":["${secret}"]}}`],
  ])('%s: is named in the error, kept, and not printed', async (_, text) => {
    const path = createFolder();
    const file = join(path, 'credentials.json');
    mkdirSync(path);
    writeFileSync(file, text);
    for (const attempt of [
      findCredentials({}, path, 'default'),
      storeCredentials(withoutKeychain, path, 'default', key),
      forgetCredentials(path, 'default'),
    ]) {
      const failure = await attempt.catch((cause) => cause);
      expect(failure).toMatchObject({ kind: 'setup', code: 'credentials.broken' });
      expect(failure.message).toContain(file);
      expect(JSON.stringify([failure.message, failure.hint, String(failure.cause)])).not.toContain(secret);
    }
    expect(readFileSync(file, 'utf8')).toBe(text);
    expect(existsSync(`${file}.new`)).toBe(false);
  });
});
