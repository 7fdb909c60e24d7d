import { fail } from '../errors.ts';
import type { Credentials } from '../message/credentials.ts';
import {
  credentialsPath,
  readStoredCredentials,
  warnIfReadable,
  writeStoredCredentials,
} from './credentials-file.ts';
import type { Keychain } from './keychain.ts';

/** Credentials and their source: `environment`, `keychain`, or the path of the file that holds them. */
export interface FoundCredentials {
  credentials: Credentials;
  origin: string;
}

/**
 * Reads credentials from the environment; undefined if there are none. A key takes precedence over a password.
 * @throws Failure `credentials.invalid`
 */
export function readEnvCredentials(env: NodeJS.ProcessEnv): Credentials | undefined {
  const { QLARA_API_KEY: key, QLARA_USERNAME: username, QLARA_PASSWORD: password } = env;
  if (key) return { kind: 'key', key: assertKeyFormat(key, 'QLARA_API_KEY') };
  if (username && password !== undefined) return { kind: 'basic', username, password };
  return undefined;
}

/** Returns a key that has a valid format. @throws Failure `credentials.invalid` */
export function assertKeyFormat(key: string, source: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  return fail(
    'setup',
    'credentials.invalid',
    `${source} contains spaces, line breaks or characters that are not allowed in a key`,
    'copy the key again; the value is not shown here',
  );
}

/**
 * Finds the credentials of a profile: from the environment, without reading the disk; else those stored by `qlara
 * login`. Calls `warn` if other users can read the file that holds them.
 * @throws Failure `credentials.invalid`, `credentials.broken`, `keychain.unusable`
 */
export async function findCredentials(
  env: NodeJS.ProcessEnv,
  folder: string,
  profile: string,
  warn: (text: string) => void = () => {},
): Promise<FoundCredentials | undefined> {
  const fromEnv = readEnvCredentials(env);
  if (fromEnv) return { credentials: fromEnv, origin: 'environment' };
  const stored = readProfile(folder, profile);
  if (stored === undefined) return undefined;
  if (stored.secret !== undefined) warnIfReadable(folder, warn);
  const secret = stored.secret ?? (await readKeychain(folder, profile));
  const origin = stored.secret === undefined ? 'keychain' : credentialsPath(folder);
  if (stored.username === undefined)
    return { credentials: { kind: 'key', key: assertKeyFormat(secret, origin) }, origin };
  return { credentials: { kind: 'basic', username: stored.username, password: secret }, origin };
}

/**
 * Returns the kind of a profile's credentials without asking the keychain: enough for a preview, in which the secret is
 * masked. Calls `warn` as `findCredentials` does.
 */
export function describeCredentials(
  env: NodeJS.ProcessEnv,
  folder: string,
  profile: string,
  warn: (text: string) => void,
): Credentials | undefined {
  const fromEnv = readEnvCredentials(env);
  if (fromEnv) return fromEnv;
  const { username, secret } = readProfile(folder, profile) ?? {};
  if (secret !== undefined) warnIfReadable(folder, warn);
  return username === undefined ? undefined : { kind: 'basic', username, password: secret ?? '' };
}

/** Stores credentials in the keychain, or in a file if there is none; resolves to their origin. */
export async function storeCredentials(
  env: NodeJS.ProcessEnv,
  folder: string,
  profile: string,
  credentials: Credentials,
): Promise<string> {
  const secret = credentials.kind === 'key' ? credentials.key : credentials.password;
  const owner = credentials.kind === 'basic' ? { username: credentials.username } : {};
  const before = readProfile(folder, profile);
  // If there is no keychain, or it is locked, use the file.
  const isInKeychain =
    usesKeychain(env) &&
    (await withKeychain(folder, profile, (keychain) => keychain.set(secret)).then(yes, no));
  if (!isInKeychain && before && before.secret === undefined)
    await withKeychain(folder, profile, (keychain) => keychain.remove()).catch(no);
  await writeStoredCredentials(folder, profile, isInKeychain ? owner : { ...owner, secret });
  return isInKeychain ? 'keychain' : credentialsPath(folder);
}

/**
 * Removes the stored credentials of a profile; resolves to true if there were any. @throws Failure
 * `keychain.unusable`
 */
export async function forgetCredentials(folder: string, profile: string): Promise<boolean> {
  const stored = readProfile(folder, profile);
  if (stored === undefined) return false;
  if (stored.secret === undefined)
    await withKeychain(folder, profile, (keychain) => keychain.remove()).catch((cause) =>
      failKeychain(profile, cause),
    );
  await writeStoredCredentials(folder, profile, undefined);
  return true;
}

/** Returns the origin of each profile's stored credentials: `keychain`, or the path of the file. */
export function listOrigins(folder: string): Map<string, string> {
  return new Map(
    Object.entries(readStoredCredentials(folder)).map(([name, { secret }]) => [
      name,
      secret === undefined ? 'keychain' : credentialsPath(folder),
    ]),
  );
}

function readProfile(folder: string, profile: string) {
  const stored = readStoredCredentials(folder);
  return Object.hasOwn(stored, profile) ? stored[profile] : undefined;
}

async function readKeychain(folder: string, profile: string): Promise<string> {
  const secret = await withKeychain(folder, profile, (keychain) => keychain.get()).catch((cause) =>
    failKeychain(profile, cause),
  );
  return secret ?? failKeychain(profile, new Error('no entry'));
}

function failKeychain(profile: string, cause: unknown): never {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return fail(
    'setup',
    'keychain.unusable',
    `cannot read the key of profile ${profile} from the keychain: ${reason}`,
    'run `qlara login` to store it again, or set QLARA_API_KEY',
    cause,
  );
}

/** Uses the keychain entry of a profile. The folder is part of the name, since each folder has its own profiles. */
async function withKeychain<T>(
  folder: string,
  profile: string,
  use: (keychain: Keychain) => Promise<T>,
): Promise<T> {
  const { openKeychain } = await import('./keychain.ts');
  return use(await openKeychain(`${profile}@${folder}`));
}

function usesKeychain({ QLARA_KEYCHAIN }: NodeJS.ProcessEnv): boolean {
  return QLARA_KEYCHAIN !== 'off';
}

const yes = () => true;
const no = () => false;
