import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { Failure, fail } from '../errors.ts';
import { bestEngine } from '../storage/engine.ts';
import { makeFolder } from '../storage/folder.ts';
import { openLock } from '../storage/lock.ts';

/**
 * Runs `work` while no other process of this program changes the files of the folder, which is made if need
 * be. Writing a file whole, as is done here, keeps it from breaking; only a turn keeps what another has just
 * written.
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
      `the folder ${folder} cannot be written: ${cause instanceof Error ? cause.message : String(cause)}`,
      'look at its permissions, or choose another with QLARA_CONFIG_DIR',
      cause,
    );
  }
}
