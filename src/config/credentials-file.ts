import { existsSync, readFileSync, realpathSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fail } from '../errors.ts';
import { inTurn } from './turn.ts';

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
    const kept: unknown = JSON.parse(readFileSync(path, 'utf8'));
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
  await inTurn(folder, () => {
    const { [profile]: _, ...others } = readKept(folder);
    const path = credentialsPath(folder);
    // Where the path is a link, what it points to is replaced.
    const target = existsSync(path) ? realpathSync(path) : path;
    const draft = `${target}.new`;
    writeFileSync(draft, `${JSON.stringify({ ...others, ...(kept && { [profile]: kept }) }, null, 2)}\n`, {
      mode: 0o600,
      flush: true,
    });
    renameSync(draft, target);
  });
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
