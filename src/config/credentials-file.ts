import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../errors.ts';
import { parseJson } from '../message/nesting.ts';
import { writePrivateFile } from '../storage/private-file.ts';
import { withLock } from './lock.ts';

/** What is noted of a profile's credentials: the secret itself, or only that the keychain has it. */
export interface Kept {
  /** With a password; absent with a key. */
  username?: string;
  /** Absent: in the keychain. */
  secret?: string;
}

export function credentialsPath(folder: string): string {
  return join(folder, 'credentials.json');
}

/**
 * What is noted, by profile; nothing where no file is. A file that cannot be read is left as it is.
 * @throws Failure `credentials.broken`
 */
export function readKept(folder: string): Record<string, Kept> {
  const path = credentialsPath(folder);
  if (!existsSync(path)) return {};
  try {
    const kept = parseJson(readFileSync(path, 'utf8'));
    if (isKept(kept)) return kept;
  } catch {
    // What the file system or the parser says may quote the file, and with it a secret.
  }
  fail(
    'setup',
    'credentials.broken',
    `${path} cannot be used: it is not what this program wrote`,
    'move it away, then `qlara login`',
  );
}

/** Notes the credentials of a profile, or with undefined forgets them. @throws Failure `credentials.broken`, `config.unwritable` */
export async function writeKept(folder: string, profile: string, kept: Kept | undefined): Promise<void> {
  await withLock(folder, () => {
    const { [profile]: _, ...others } = readKept(folder);
    const content = { ...others, ...(kept && { [profile]: kept }) };
    writePrivateFile(credentialsPath(folder), `${JSON.stringify(content, null, 2)}\n`, true);
  });
}

/** Files that somebody was warned of in this run. */
const warned = new Set<string>();

/** Warns, once a run, where other users of the machine can read the file with the secrets. Windows has no such modes. */
export function warnIfReadable(folder: string, warn: (text: string) => void): void {
  const path = credentialsPath(folder);
  if (process.platform === 'win32' || warned.has(path) || !existsSync(path)) return;
  if ((statSync(path).mode & 0o077) === 0) return;
  warned.add(path);
  const word = /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
  warn(`warning: ${path} can be read by other users of this machine: \`chmod 600 ${word}\``);
}

function isKept(value: unknown): value is Record<string, Kept> {
  const isText = (one: unknown) => one === undefined || typeof one === 'string';
  return (
    isObject(value) &&
    Object.values(value).every((one) => isObject(one) && isText(one.username) && isText(one.secret))
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
