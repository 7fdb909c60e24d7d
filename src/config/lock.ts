import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, fail } from '../errors.ts';
import { bestEngine } from '../storage/engine.ts';
import { makeFolder } from '../storage/folder.ts';
import { openLock } from '../storage/lock.ts';

/**
 * Runs `work` while no other qlara process changes the files of the folder, which is created if missing. Writing files
 * atomically keeps them intact; the lock keeps what another process has just written.
 * @throws Failure `config.unwritable`, and what `work` throws
 */
export async function withLock<T>(folder: string, work: () => T): Promise<T> {
  try {
    makeFolder(folder);
    const path = join(folder, 'lock');
    closeSync(openSync(path, 'a', 0o600));
    const lock = await openLock(bestEngine(), path);
    try {
      return lock.hold(work);
    } finally {
      lock.close();
    }
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    fail(
      'setup',
      'config.unwritable',
      `cannot write to the folder ${folder}: ${cause instanceof Error ? cause.message : String(cause)}`,
      'check its permissions, or choose another folder with QLARA_CONFIG_DIR',
      cause,
    );
  }
}
