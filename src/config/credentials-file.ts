import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../errors.ts';
import { parseJson } from '../message/nesting.ts';
import { writePrivateFile } from '../storage/private-file.ts';
import { withLock } from './lock.ts';

/** Stored credentials of a profile: the secret itself, or a note that it is in the keychain. */
export interface StoredCredentials {
  /** Absent for a key. */
  username?: string;
  /** Absent if the secret is in the keychain. */
  secret?: string;
}

export function credentialsPath(folder: string): string {
  return join(folder, 'credentials.json');
}

/**
 * Reads stored credentials by profile; empty if there is no file. An unreadable file is left as it is.
 * @throws Failure `credentials.broken`
 */
export function readStoredCredentials(folder: string): Record<string, StoredCredentials> {
  const path = credentialsPath(folder);
  if (!existsSync(path)) return {};
  try {
    const stored = parseJson(readFileSync(path, 'utf8'));
    if (isStored(stored)) return stored;
  } catch {
    // An error of the file system or the parser may quote the file, and with it a secret.
  }
  fail(
    'setup',
    'credentials.broken',
    `cannot use ${path}: not a credentials file of qlara`,
    'move it away, then run `qlara login`',
  );
}

/**
 * Stores the credentials of a profile, or removes them if undefined.
 * @throws Failure `credentials.broken`, `config.unwritable`
 */
export async function writeStoredCredentials(
  folder: string,
  profile: string,
  stored: StoredCredentials | undefined,
): Promise<void> {
  await withLock(folder, () => {
    const { [profile]: _, ...others } = readStoredCredentials(folder);
    const content = { ...others, ...(stored && { [profile]: stored }) };
    writePrivateFile(credentialsPath(folder), `${JSON.stringify(content, null, 2)}\n`, true);
  });
}

/** Files already warned about in this run. */
const warned = new Set<string>();

/** Warns once a run if other users of the machine can read the file with the secrets. Windows has no such modes. */
export function warnIfReadable(folder: string, warn: (text: string) => void): void {
  const path = credentialsPath(folder);
  if (process.platform === 'win32' || warned.has(path) || !existsSync(path)) return;
  if ((statSync(path).mode & 0o077) === 0) return;
  warned.add(path);
  const quotedPath = /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
  warn(`warning: ${path} can be read by other users of this machine: \`chmod 600 ${quotedPath}\``);
}

function isStored(value: unknown): value is Record<string, StoredCredentials> {
  const isText = (one: unknown) => one === undefined || typeof one === 'string';
  return (
    isObject(value) &&
    Object.values(value).every((one) => isObject(one) && isText(one.username) && isText(one.secret))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
