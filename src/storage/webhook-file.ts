import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../errors.ts';
import { parseJson } from '../message/nesting.ts';
import { writePrivateFile } from './private-file.ts';

/** State that a profile's listener keeps between runs. */
export interface ListenFile {
  /** Unguessable part of the path, 128 bits. It stays the same, so that a registration stays valid. */
  secret: string;
  /** URL that the listener registered; absent once it was removed. */
  ours?: string;
  /** URL registered before, to be restored: null for none; absent if unknown. */
  before?: string | null;
}

/**
 * Reads the file of a profile, and creates it if it does not exist. Only its owner may read it.
 * @throws Failure `listen.unusable`
 */
export function readListenFile(folder: string, profile: string): ListenFile {
  const path = filePath(folder, profile);
  if (!existsSync(path))
    return writeListenFile(folder, profile, { secret: randomBytes(16).toString('base64url') });
  try {
    const content = parseJson(readFileSync(path, 'utf8'));
    if (!isListenFile(content)) throw new Error('it has no valid secret');
    return content;
  } catch (cause) {
    return failUnusable(path, cause);
  }
}

/** Writes the file of a profile. @throws Failure `listen.unusable` */
export function writeListenFile(folder: string, profile: string, content: ListenFile): ListenFile {
  const path = filePath(folder, profile);
  try {
    writePrivateFile(path, JSON.stringify(content));
    return content;
  } catch (cause) {
    return failUnusable(path, cause);
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

function filePath(folder: string, profile: string): string {
  return join(folder, `${profile}.listen.json`);
}

function failUnusable(path: string, cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause);
  fail(
    'setup',
    'listen.unusable',
    `cannot use ${path}: ${reason}`,
    'repair the file, or move it away',
    cause,
  );
}
