import { randomUUID } from 'node:crypto';
import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Sql } from '../storage/database.ts';
import { makeFolder } from '../storage/folder.ts';

/**
 * Tells a ledger from its copies. A ledger has an id and a generation that grows whenever messages are claimed; a file
 * beside the configuration holds the newest generation. A ledger whose file is missing was copied from another machine;
 * one behind its file was restored from a backup.
 */
export interface Marker {
  /** `copy`: it was copied or restored, so what waits in it may have been sent. */
  standing(sql: Sql): 'current' | 'new' | 'copy';
  /** Gives a ledger that is new, or a copy, an id of its own, and a file. */
  adopt(sql: Sql): void;
  /**
   * Counts up the generation, in the transaction that claims messages.
   * @throws where a copy of this ledger has claimed messages meanwhile
   */
  advance(sql: Sql): void;
  /** Told how that transaction ended, before another process can begin one. */
  ended(committed: boolean): void;
  close(): void;
}

/** Bytes of a file: always as many, so that it is written over in place. */
const size = 128;

/** `folder` holds the files; without one, or where it cannot be written, copies are not told. */
export function openMarker(folder: string | undefined): Marker {
  let file: { ledger: string; descriptor: number } | undefined;
  let pending: { ledger: string; generation: number } | undefined;

  function write(ledger: string, generation: number): boolean {
    if (folder === undefined) return false;
    try {
      if (file?.ledger !== ledger) {
        close();
        makeFolder(folder);
        const path = join(folder, ledger);
        // Neither `r+` nor `w+` will do: it may be there or not, and what it says must stay until it is written over.
        file = { ledger, descriptor: openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600) };
      }
      writeSync(file.descriptor, JSON.stringify({ ledger, generation }).padEnd(size), 0);
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
    standing(sql) {
      const { ledger, generation } = identityOf(sql);
      if (folder === undefined) return 'current';
      if (ledger === null) return 'new';
      const newest = read(folder, ledger);
      return newest === undefined || newest > generation ? 'copy' : 'current';
    },
    adopt(sql) {
      const ledger = randomUUID();
      if (write(ledger, identityOf(sql).generation)) sql.run('UPDATE identity SET ledger = ?', ledger);
    },
    advance(sql) {
      if (folder === undefined) return;
      sql.run('UPDATE identity SET generation = generation + 1');
      const { ledger, generation } = identityOf(sql);
      if (ledger === null) return;
      // Only a copy can have come as far: what it has sent this one does not know.
      if ((read(folder, ledger) ?? 0) >= generation)
        throw new Error(
          'a copy of this ledger is in use; run the command again, and qlara asks the gateway first',
        );
      pending = { ledger, generation };
    },
    ended(committed) {
      if (committed && pending) write(pending.ledger, pending.generation);
      pending = undefined;
    },
    close,
  };
}

function identityOf(sql: Sql): { ledger: string | null; generation: number } {
  const found = sql.get<{ ledger: string | null; generation: number }>(
    'SELECT ledger, generation FROM identity',
  );
  if (found === undefined) throw new Error('the ledger has no identity');
  return found;
}

/** The newest generation that a file tells; undefined where there is none. */
function read(folder: string, ledger: string): number | undefined {
  try {
    const { generation } = JSON.parse(readFileSync(join(folder, ledger), 'utf8')) as Record<string, unknown>;
    return typeof generation === 'number' ? generation : undefined;
  } catch {
    return undefined;
  }
}
