import { fail } from '../errors.ts';
import { openDatabase, type Sql } from '../storage/database.ts';
import { schema } from './schema.ts';

/** The way into the ledger's database. @throws Failure `ledger.unusable` from every method */
export interface Access {
  /** Of the database; the locks lie beside it. */
  path: string;
  /** One transaction: all or nothing, and durable when it resolves; where `written` is enough, only once `sync` was called. */
  write<T>(work: (sql: Sql) => T, written?: 'written'): Promise<T>;
  /** Makes all durable that was written. */
  sync(): Promise<void>;
  read<T>(work: (sql: Sql) => T): Promise<T>;
  close(): void;
}

/** @throws Failure `ledger.unusable`: no disk space, no permission, not a ledger */
export async function openAccess(path: string): Promise<Access> {
  const database = await guarded(path, () => openDatabase(path, schema));
  return {
    path,
    write: (work, written) => guarded(path, () => database.write(work, written)),
    sync: () => guarded(path, database.sync),
    read: (work) => guarded(path, () => work(database.read)),
    close: () => database.close(),
  };
}

async function guarded<T>(path: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof TypeError || cause instanceof ReferenceError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    fail(
      'setup',
      'ledger.unusable',
      `the ledger ${path} cannot be used: ${why}`,
      'look at the disk space and the permissions, or choose another folder with QLARA_STATE_DIR',
      cause,
    );
  }
}
