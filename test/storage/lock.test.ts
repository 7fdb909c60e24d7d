import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { bestEngine } from '../../src/storage/engine.ts';
import { openLock } from '../../src/storage/lock.ts';

const libsql = createRequire(import.meta.url).resolve('libsql');

/** Takes the lock as this program does, says so, and keeps it until it is killed. */
const holder = (path: string) => `
  const Database = require(${JSON.stringify(libsql)});
  new Database(${JSON.stringify(path)}).exec('BEGIN EXCLUSIVE');
  console.log('held');
  setInterval(() => {}, 1000);
`;

test('a killed process leaves no lock behind', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'qlara-')), 'ledger.db.lock');
  writeFileSync(path, '');
  const child = spawn(process.execPath, ['-e', holder(path)], { stdio: ['ignore', 'pipe', 'inherit'] });
  await once(child.stdout, 'data');
  // Half a second in which the turn cannot come, then the holder dies without a chance to tidy up.
  const began = Date.now();
  const killer = spawn('sh', ['-c', `sleep 0.5; kill -9 ${child.pid}`]);
  const lock = await openLock(bestEngine(), path);
  expect(lock.hold(() => 'ours')).toBe('ours');
  expect(Date.now() - began).toBeGreaterThan(200);
  lock.close();
  await once(killer, 'close');
});

test('inside its own turn a process does not wait for itself', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'qlara-')), 'ledger.db.lock');
  const lock = await openLock(bestEngine(), path);
  expect(lock.hold(() => lock.hold(() => 7))).toBe(7);
  lock.close();
});
