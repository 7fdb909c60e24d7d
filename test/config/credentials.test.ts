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
const folder = () => join(root, String(made++));
const off = { QLARA_KEYCHAIN: 'off' };
const key: Credentials = { kind: 'key', key: 'ak_live_1234567890' };
const pair: Credentials = { kind: 'basic', username: 'ada', password: ' with blanks ' };

describe('stored credentials', () => {
  test.each([[key], [pair]])('come back as they were: $kind', async (credentials) => {
    const path = folder();
    const origin = await storeCredentials(off, path, 'shop', credentials);
    expect(origin).toBe(join(path, 'credentials.json'));
    expect(await findCredentials({}, path, 'shop')).toEqual({ credentials, origin });
    expect(await findCredentials({}, path, 'default')).toBeUndefined();
  });

  test('are for the eyes of their owner', async () => {
    const path = folder();
    const origin = await storeCredentials(off, path, 'default', key);
    expect(statSync(origin).mode & 0o777).toBe(0o600);
    expect(statSync(path).mode & 0o777).toBe(0o700);
  });

  test('go, and those of other profiles stay', async () => {
    const path = folder();
    await storeCredentials(off, path, 'default', key);
    await storeCredentials(off, path, 'shop', pair);
    expect(await forgetCredentials(path, 'default')).toBe(true);
    expect(await forgetCredentials(path, 'default')).toBe(false);
    expect(readFileSync(join(path, 'credentials.json'), 'utf8')).not.toContain(key.key);
    expect((await findCredentials({}, path, 'shop'))?.credentials).toEqual(pair);
  });

  test('a profile named like a property of every object has no credentials', async () => {
    const path = folder();
    await storeCredentials(off, path, 'default', key);
    expect(await findCredentials({}, path, 'constructor')).toBeUndefined();
  });

  test('a link stays one', async () => {
    const path = folder();
    const elsewhere = join(folder(), 'kept.json');
    mkdirSync(path);
    mkdirSync(join(elsewhere, '..'));
    writeFileSync(elsewhere, '{}');
    symlinkSync(elsewhere, join(path, 'credentials.json'));
    await storeCredentials(off, path, 'default', key);
    expect(lstatSync(join(path, 'credentials.json')).isSymbolicLink()).toBe(true);
    expect(readFileSync(elsewhere, 'utf8')).toContain(key.key);
  });

  test('all that are stored at the same time are there', async () => {
    const path = folder();
    const names = Array.from({ length: 20 }, (_, i) => `p${i}`);
    await Promise.all(names.map((name) => storeCredentials(off, path, name, key)));
    for (const name of names) expect(await findCredentials({}, path, name)).toBeDefined();
  });
});

describe('the environment', () => {
  test('wins, and then nothing is read', async () => {
    const path = folder();
    mkdirSync(path);
    writeFileSync(join(path, 'credentials.json'), 'broken');
    const found = await findCredentials({ QLARA_API_KEY: 'of-the-environment' }, path, 'default');
    expect(found).toEqual({ credentials: { kind: 'key', key: 'of-the-environment' }, origin: 'environment' });
  });

  test('half a pair is none', async () => {
    const path = folder();
    await storeCredentials(off, path, 'default', key);
    expect((await findCredentials({ QLARA_USERNAME: 'ada' }, path, 'default'))?.credentials).toEqual(key);
  });
});

describe('a file that this program did not write', () => {
  const secret = 'ak_live_secret';
  test.each([
    ['cut', `{"default":{"secret":"${secret}`],
    ['a list', `["${secret}"]`],
    ['text', `"${secret}"`],
    ['a profile that is none', `{"default":"${secret}"}`],
    ['nested too deeply', `{"default":{"x":${'['.repeat(100_000)}${']'.repeat(100_000)}}}`],
    ['a secret that is none', `{"default":{"secret":["${secret}"]}}`],
  ])('%s: the error names the file, keeps it, and shows nothing of it', async (_, text) => {
    const path = folder();
    const file = join(path, 'credentials.json');
    mkdirSync(path);
    writeFileSync(file, text);
    for (const attempt of [
      findCredentials({}, path, 'default'),
      storeCredentials(off, path, 'default', key),
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
