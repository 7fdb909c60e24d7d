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

/** Takes the lock like the program, reports it, and holds it until killed. */
const lockHolderScript = (path: string) => `
  const Database = require(${JSON.stringify(libsql)});
  new Database(${JSON.stringify(path)}).exec('BEGIN EXCLUSIVE');
  console.log('held');
  setInterval(() => {}, 1000);
`;

test('leaves no lock behind when a process is killed', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'qlara-')), 'ledger.db.lock');
  writeFileSync(path, '');
  const child = spawn(process.execPath, ['-e', lockHolderScript(path)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  // The lock is held for half a second; then its holder is killed without cleanup.
  const startedAt = Date.now();
  const killer = spawn('sh', ['-c', `sleep 0.5; kill -9 ${child.pid}`]);
  const lock = await openLock(bestEngine(), path);
  expect(lock.hold(() => 'ours')).toBe('ours');
  expect(Date.now() - startedAt).toBeGreaterThan(200);
  lock.close();
  await once(killer, 'close');
});

test('does not wait for a lock of the same process', async () => {
  const path = join(mkdtempSync(join(tmpdir(), 'qlara-')), 'ledger.db.lock');
  const lock = await openLock(bestEngine(), path);
  expect(lock.hold(() => lock.hold(() => 7))).toBe(7);
  lock.close();
});
