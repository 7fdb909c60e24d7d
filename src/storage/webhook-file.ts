import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../errors.ts';
import { parseJson } from '../message/nesting.ts';
import { writePrivateFile } from './private-file.ts';

/** What a listener of a profile keeps from run to run. */
export interface ListenFile {
  /** Part of its path, so that nobody can guess it: 128 bits. The same each time, so that a registration stays good. */
  secret: string;
  /** The address that it has registered. Absent once that is taken back. */
  ours?: string;
  /** What was registered before, to be put back: null where nothing was; absent where nobody can tell. */
  before?: string | null;
}

/**
 * Reads the file of a profile, and makes it where there is none. Only its owner may read it.
 * @throws Failure `listen.unusable`
 */
export function readListenFile(folder: string, profile: string): ListenFile {
  const path = pathOf(folder, profile);
  if (!existsSync(path))
    return writeListenFile(folder, profile, { secret: randomBytes(16).toString('base64url') });
  try {
    const told = parseJson(readFileSync(path, 'utf8'));
    if (!isListenFile(told)) throw new Error('it holds no secret path');
    return told;
  } catch (cause) {
    return unusable(path, cause);
  }
}

/** @throws Failure `listen.unusable` */
export function writeListenFile(folder: string, profile: string, content: ListenFile): ListenFile {
  const path = pathOf(folder, profile);
  try {
    writePrivateFile(path, JSON.stringify(content));
    return content;
  } catch (cause) {
    return unusable(path, cause);
  }
}

function isListenFile(value: unknown): value is ListenFile {
  if (typeof value !== 'object' || value === null) return false;
  const { secret, ours, before } = value as Record<string, unknown>;
  return (
    typeof secret === 'string' &&
    /^[\w-]{16,}$/.test(secret) &&
    (ours === undefined || typeof ours === 'string') &&
    (before === undefined || before === null || typeof before === 'string')
  );
}

function pathOf(folder: string, profile: string): string {
  return join(folder, `${profile}.listen.json`);
}

function unusable(path: string, cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  fail('setup', 'listen.unusable', `${path} cannot be used: ${why}`, 'mend it, or move it away', cause);
}
