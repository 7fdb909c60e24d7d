import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { environment, freshHome, program, run } from '../support/program.ts';

const folder = mkdtempSync(join(tmpdir(), 'qlara-start-'));

/** Has Node write down every file it loads. */
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

/** The files of ours and of libraries that a run loads, without their folders, each once. */
async function loaded(name: string, args: readonly string[], home = freshHome()): Promise<string[]> {
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

/** Chunks that hold a library too large to load without need. */
const heavy = /undici|conf|source|chalk|ora|cli-table3|log-update|string-width|server|live-view|table/;

describe('start-up loads only what it needs', () => {
  test('--version loads next to nothing', async () => {
    expect(await loaded('version', ['--version'])).toEqual(['main.cjs', 'qlara.js', 'rolldown-runtime.cjs']);
  });

  test('--help loads no library', async () => {
    expect(await loaded('help', ['--help'])).toEqual([
      'core.cjs',
      'help.cjs',
      'main.cjs',
      'qlara.js',
      'rolldown-runtime.cjs',
    ]);
  });

  test('sending one SMS loads what it uses and no more', async () => {
    // Nobody listens there: all of the sending is loaded, and the answer is no matter.
    const files = await loaded('send', [
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
    // The first request goes over Node's own client; only another one, here a retry, needs undici.
    expect(files.filter((file) => heavy.test(file) && !/^(undici|pool)/.test(file))).toEqual([]);
  });

  // A library that slips into a chunk shows in no list of files: rolldown puts it into the chunk that imports it.
  test.each([
    ['core', 70_000],
    ['work', 103_000],
    ['ledger', 48_500],
  ])('the chunk %s, which nearly all need, stays below %i bytes', (name, most) => {
    const path = new URL(`../../dist/${name}.cjs`, import.meta.url);
    expect(statSync(path).size).toBeLessThan(most);
  });

  test('completion loads only what it needs', async () => {
    const small = ['main.cjs', 'answer.cjs', 'core.cjs', 'qlara.js', 'rolldown-runtime.cjs'];
    const profiles = await loaded('profiles', ['__complete', 'profiles']);
    expect(profiles.filter((file) => !small.includes(file))).toEqual([]);
    const home = freshHome();
    await run(['send', 'sms', '--sandbox', '-t', '+393901234567', '-m', 'hi'], { home });
    await run(['templates', 'list', '--sandbox'], { home });
    const templates = await loaded('templates', ['__complete', 'templates', '', '--sandbox'], home);
    expect(templates.filter((file) => !small.includes(file))).toEqual(['template-file.cjs']);
    const ids = await loaded('ids', ['__complete', 'ids', '', '--sandbox'], home);
    expect(ids).toContain('ledger.cjs');
    expect(ids.filter((file) => /work|max/.test(file) || heavy.test(file))).toEqual([]);
  });

  test('a key of the environment is used without a look at what is stored', async () => {
    const home = freshHome();
    await run(['login', '--no-check'], { home, stdin: 'stored' });
    const files = await loaded('credit', ['credit'], home);
    expect(files.filter((file) => /keyring|credentials\.json/.test(file))).toEqual([]);
  });
});
