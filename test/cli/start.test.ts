import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { environment, freshHome, program, run } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'qlara-start-'));

/** Makes Node record every file it loads. */
const recorder = join(folder, 'recorder.cjs');
writeFileSync(
  recorder,
  `const { Module } = require('node:module'); const { appendFileSync } = require('node:fs');
   const resolve = Module._resolveFilename;
   Module._resolveFilename = function (...args) {
     const file = resolve.apply(this, args);
     appendFileSync(process.env.RECORD, file + '\\n');
     return file;
   };`,
);

/** Returns the names of the program's and its libraries' files that a run loads, without duplicates. */
async function recordLoadedFiles(
  name: string,
  args: readonly string[],
  home = freshHome(),
): Promise<string[]> {
  const record = join(folder, name);
  const env = environment(home, { RECORD: record, QLARA_API_KEY: 'key' });
  await promisify(execFile)(process.execPath, ['--require', recorder, program, ...args], { env }).catch(
    (error) => {
      if (![0, 4].includes(error.code)) throw error;
    },
  );
  const files = readFileSync(record, 'utf8').trim().split('\n');
  return [...new Set(files.filter((file) => file.includes('/')).map((file) => basename(file)))].sort();
}

/** Chunks with a library that is too large to load unnecessarily. */
const heavy = /undici|conf|source|chalk|ora|cli-table3|log-update|string-width|server|live-view|table/;

describe('start-up loads only what is needed', () => {
  test('loads almost nothing for --version', async () => {
    expect(await recordLoadedFiles('version', ['--version'])).toEqual([
      'main.cjs',
      'qlara.js',
      'rolldown-runtime.cjs',
    ]);
  });

  test('loads no library for --help', async () => {
    expect(await recordLoadedFiles('help', ['--help'])).toEqual([
      'core.cjs',
      'help.cjs',
      'main.cjs',
      'qlara.js',
      'rolldown-runtime.cjs',
    ]);
  });

  test('loads only what it uses to send one SMS', async () => {
    // A closed port: all of the sending code is loaded, and the response does not matter.
    const files = await recordLoadedFiles('send', [
      'send',
      'sms',
      '--to',
      '+393901234567',
      '-m',
      'hi',
      '--base-url',
      'http://127.0.0.1:9/api',
    ]);
    for (const needed of ['core.cjs', 'work.cjs', 'max.cjs']) expect(files).toContain(needed);
    // Node's client makes the first request; only further ones, here a retry, need undici.
    expect(files.filter((file) => heavy.test(file) && !/^(undici|pool)/.test(file))).toEqual([]);
  });

  // The list of files does not show a library within a chunk: rolldown puts it into the chunk that imports
  // it.
  test.each([
    ['core', 79_300],
    ['work', 131_000],
    ['ledger', 64_500],
  ])('keeps the common chunk %s below %i bytes', (name, maxBytes) => {
    const path = new URL(`../../dist/${name}.cjs`, import.meta.url);
    expect(statSync(path).size).toBeLessThan(maxBytes);
  });

  test('loads only what completion needs', async () => {
    const small = ['main.cjs', 'answer.cjs', 'core.cjs', 'qlara.js', 'rolldown-runtime.cjs'];
    const profiles = await recordLoadedFiles('profiles', ['__complete', 'profiles']);
    expect(profiles.filter((file) => !small.includes(file))).toEqual([]);
    const home = freshHome();
    await run(['send', 'sms', '--sandbox', '-t', '+393901234567', '-m', 'hi'], { home });
    await run(['templates', 'list', '--sandbox'], { home });
    const templates = await recordLoadedFiles(
      'templates',
      ['__complete', 'templates', '', '--sandbox'],
      home,
    );
    expect(templates.filter((file) => !small.includes(file))).toEqual(['template-file.cjs']);
    const ids = await recordLoadedFiles('ids', ['__complete', 'ids', '', '--sandbox'], home);
    expect(ids).toContain('ledger.cjs');
    expect(ids.filter((file) => /work|max/.test(file) || heavy.test(file))).toEqual([]);
  });

  test('does not read stored credentials if the environment has a key', async () => {
    const home = freshHome();
    await run(['login', '--no-check'], { home, stdin: 'stored' });
    const files = await recordLoadedFiles('credit', ['credit'], home);
    expect(files.filter((file) => /keyring|credentials\.json/.test(file))).toEqual([]);
  });
});
