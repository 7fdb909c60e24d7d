import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../../storage/folder.ts';
import type { Marker, Sql } from '../database.ts';

/**
 * Tells a ledger from its copies. A ledger has an id and a generation that grows with every claim of messages; a file
 * beside the configuration holds the newest generation. A ledger whose file is missing was copied from another machine;
 * one that is behind its file was restored from a backup.
 */
export interface FileMarker extends Marker {
  /** Must be called when a transaction that called `advance` ends, before another process can begin one. */
  transactionEnded(committed: boolean): void;
  close(): void;
}

/** Size of a file in bytes, constant so that it is overwritten in place. */
const fileBytes = 128;

/** Opens the marker. `folder` holds the files; without one, or if it is not writable, copies are not detected. */
export function openMarker(folder: string | undefined): FileMarker {
  let file: { ledger: string; descriptor: number } | undefined;
  let pending: { ledger: string; generation: number } | undefined;

  function write(ledger: string, generation: number): boolean {
    if (folder === undefined) return false;
    try {
      if (file?.ledger !== ledger) {
        close();
        makeFolder(folder);
        const path = join(folder, ledger);
        // Neither `r+` nor `w+` works: the file may not exist, and its content must stay until it is overwritten.
        file = { ledger, descriptor: openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600) };
      }
      writeSync(file.descriptor, JSON.stringify({ ledger, generation }).padEnd(fileBytes), 0);
      return true;
    } catch {
      return false;
    }
  }

  function close(): void {
    if (file !== undefined) closeSync(file.descriptor);
    file = undefined;
  }

  return {
    async getState(sql) {
      const { ledger, generation } = await readIdentity(sql);
      if (folder === undefined) return 'current';
      if (ledger === null) return 'new';
      const newest = readGeneration(folder, ledger);
      return newest === undefined || newest > generation ? 'copy' : 'current';
    },
    async reset(sql) {
      const ledger = randomUUID();
      const { generation } = await readIdentity(sql);
      if (write(ledger, generation)) await sql.run('UPDATE identity SET ledger = ?', ledger);
    },
    async advance(sql) {
      if (folder === undefined) return;
      await sql.run('UPDATE identity SET generation = generation + 1');
      const { ledger, generation } = await readIdentity(sql);
      if (ledger === null) return;
      // Only a copy can have come this far, and this ledger does not know what the copy has sent.
      if ((readGeneration(folder, ledger) ?? 0) >= generation)
        throw new Error('a copy of this ledger is in use; run the command again to ask the gateway first');
      pending = { ledger, generation };
    },
    transactionEnded(committed) {
      if (committed && pending) write(pending.ledger, pending.generation);
      pending = undefined;
    },
    close,
  };
}

async function readIdentity(sql: Sql): Promise<{ ledger: string | null; generation: number }> {
  const found = await sql.get<{ ledger: string | null; generation: number }>(
    'SELECT ledger, generation FROM identity',
  );
  if (found === undefined) throw new Error('the ledger has no identity');
  return found;
}

/** Reads the newest generation from a file; undefined if there is none. */
function readGeneration(folder: string, ledger: string): number | undefined {
  try {
    const { generation } = JSON.parse(readFileSync(join(folder, ledger), 'utf8')) as Record<string, unknown>;
    return typeof generation === 'number' ? generation : undefined;
  } catch {
    return undefined;
  }
}
