import { Failure } from '../../errors.ts';
import type { SyncSql } from '../../storage/database.ts';
import { bestEngine, connect } from '../../storage/engine.ts';

/** Where the content of a file went. */
export interface Move {
  /** URL without a password. */
  place: string;
  /** Id of the copy. */
  copy: string;
}

/** A version of the schema that no program has, so that all refuse the file, also those that know nothing of moves. */
export const movedVersion = 1_000_000;

/** Begins the message of every change to such a file. */
export const movedReason = 'this ledger was moved to';

/** Reads where an existing file was moved to; undefined if it was not. @throws errors of SQLite */
export async function readMove(path: string): Promise<Move | undefined> {
  const connection = await connect(bestEngine(), path);
  try {
    const { user_version: version } = connection.prepare('PRAGMA user_version').get() as {
      user_version: number;
    };
    return version === movedVersion
      ? (connection.prepare('SELECT place, copy FROM moved').get() as Move)
      : undefined;
  } finally {
    connection.close();
  }
}

/** Reads from the message of an error that a file was moved. */
export function findMove(message: string): Pick<Move, 'place'> | undefined {
  const place = message.split(`${movedReason} `)[1];
  return place === undefined ? undefined : { place };
}

/** @throws Failure `ledger.moved` */
export function refuseMoved(path: string, { place }: Pick<Move, 'place'>): never {
  const message = `the ledger ${path} was moved to ${place}`;
  throw new Failure('setup', 'ledger.moved', message, undefined, undefined, { place });
}

/** Explains a version of the schema that no program has; undefined for any other version. */
export function explainVersion(version: number, sql: Pick<SyncSql, 'get'>): string | undefined {
  if (version !== movedVersion) return undefined;
  return `${movedReason} ${sql.get<Move>('SELECT place, copy FROM moved')?.place ?? 'another place'}`;
}
