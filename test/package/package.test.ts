import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environment, freshHome } from '../support/program.ts';

const call = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'qlara-package-'));
let files: string[] = [];

beforeAll(async () => {
  const { stdout } = await call('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder], {
    cwd: root,
  });
  const [packed] = Object.values(JSON.parse(stdout)) as { filename: string; files: { path: string }[] }[];
  files = packed?.files.map(({ path }) => path) ?? [];
  writeFileSync(join(folder, 'package.json'), '{ "private": true }');
  await call(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, packed?.filename ?? '')],
    { cwd: folder },
  );
}, 120_000);

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const qlara = (...args: string[]) =>
  call(join(folder, 'node_modules', '.bin', 'qlara'), args, { cwd: folder, env: environment(freshHome()) });

describe('the packed program, installed in a clean folder', () => {
  test('contains only the files it needs', () => {
    const others = files.filter(
      (file) =>
        !/^(dist\/|bin\/|completions\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/.test(file),
    );
    expect(others).toEqual([]);
    expect(files).toContain('dist/numbering.json');
    expect(files).toContain('dist/licences.txt');
    expect(files).toContain('completions/qlara.bash');
  });

  test('has one dependency and one optional one, and lists the licenses of bundled libraries', () => {
    const { dependencies, optionalDependencies } = JSON.parse(
      readFileSync(join(root, 'package.json'), 'utf8'),
    ) as Record<string, object>;
    expect(Object.keys({ ...dependencies })).toEqual(['libsql']);
    expect(Object.keys({ ...optionalDependencies })).toEqual(['@napi-rs/keyring']);
    const licences = readFileSync(join(folder, 'node_modules', 'qlara-cli', 'dist', 'licences.txt'), 'utf8');
    for (const library of [
      'commander',
      'chalk',
      'undici',
      'libphonenumber-js',
      'cli-table3',
      'uuid',
      'ora',
      'conf',
      'yaml',
      'csv-parse',
      '@inquirer/core',
    ])
      expect(licences).toMatch(new RegExp(`^${library} \\d`, 'm'));
  });

  test('prints its version', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect((await qlara('--version')).stdout).toBe(`${version}\n`);
  });

  test('loads every chunk', async () => {
    const dist = join(folder, 'node_modules', 'qlara-cli', 'dist');
    const parts = readdirSync(dist).filter((name) => name.endsWith('.cjs'));
    const script = `for (const part of ${JSON.stringify(parts)}) require(require('node:path').join(${JSON.stringify(dist)}, part))`;
    expect(await call(process.execPath, ['-e', script])).toEqual({ stdout: '', stderr: '' });
  });

  test('sends', async () => {
    const { stdout } = await qlara(
      'send',
      'sms',
      '--to',
      '+393901234567',
      '-m',
      'hi',
      '--sandbox',
      '--wait',
      '--json',
    );
    expect(JSON.parse(stdout)).toMatchObject([{ status: 'delivered', parts: 1, encoding: 'gsm7' }]);
  });

  test('prints completion scripts', async () => {
    expect((await qlara('completion', 'fish')).stdout).toContain('complete -c qlara');
  });

  test('stores a key in a file without the keychain library', async () => {
    const library = join(folder, 'node_modules', '@napi-rs');
    expect(readdirSync(library)).toContain('keyring');
    rmSync(library, { recursive: true });
    const home = freshHome();
    const login = call(join(folder, 'node_modules', '.bin', 'qlara'), ['login', '--no-check'], {
      env: environment(home, { QLARA_KEYCHAIN: '' }),
    });
    login.child.stdin?.end('key-to-keep');
    expect((await login).stderr).toContain(join(home.config, 'credentials.json'));
  });
});
