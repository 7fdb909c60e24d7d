import { fail } from '../errors.ts';
import type { Credentials } from '../message/credentials.ts';
import { credentialsPath, readKept, warnIfReadable, writeKept } from './credentials-file.ts';
import type { Keychain } from './keychain.ts';

/** Where credentials come from: the environment, the keychain, or the path of the file that holds them. */
export interface FoundCredentials {
  proof: Credentials;
  origin: string;
}

/**
 * What the environment says of who is asking; undefined when it says nothing. A key wins over a
 * password.
 * @throws Failure `credentials.invalid`
 */
export function credentialsIn(env: NodeJS.ProcessEnv): Credentials | undefined {
  const { QLARA_API_KEY: key, QLARA_USERNAME: username, QLARA_PASSWORD: password } = env;
  if (key) return { kind: 'key', key: assertKeyFormat(key, 'QLARA_API_KEY') };
  if (username && password !== undefined) return { kind: 'basic', username, password };
  return undefined;
}

/** A key as it is, when it can be one. @throws Failure `credentials.invalid` */
export function assertKeyFormat(key: string, source: string): string {
  if (/^[\x21-\x7e]+$/.test(key)) return key;
  return fail(
    'setup',
    'credentials.invalid',
    `${source} holds blanks, line ends or letters that no key has`,
    'copy the key again; the value is not shown here',
  );
}

/**
 * The credentials of a profile: those of the environment, before anything is read from disk; else those that
 * `qlara login` has stored. Tells `warn` where other users can read the file that holds them.
 * @throws Failure `credentials.invalid`, `credentials.broken`, `keychain.unusable`
 */
export async function findCredentials(
  env: NodeJS.ProcessEnv,
  folder: string,
  profile: string,
  warn: (text: string) => void = () => {},
): Promise<FoundCredentials | undefined> {
  const told = credentialsIn(env);
  if (told) return { proof: told, origin: 'environment' };
  const kept = keptFor(folder, profile);
  if (kept === undefined) return undefined;
  if (kept.secret !== undefined) warnIfReadable(folder, warn);
  const secret = kept.secret ?? (await fromKeychain(folder, profile));
  const origin = kept.secret === undefined ? 'keychain' : credentialsPath(folder);
  if (kept.username === undefined)
    return { proof: { kind: 'key', key: assertKeyFormat(secret, origin) }, origin };
  return { proof: { kind: 'basic', username: kept.username, password: secret }, origin };
}

/**
 * Of what kind the credentials of a profile are, without asking the keychain: enough for a preview, in which the
 * secret is masked. Tells `warn` as `findCredentials` does.
 */
export function describeCredentials(
  env: NodeJS.ProcessEnv,
  folder: string,
  profile: string,
  warn: (text: string) => void,
): Credentials | undefined {
  const told = credentialsIn(env);
  if (told) return told;
  const { username, secret } = keptFor(folder, profile) ?? {};
  if (secret !== undefined) warnIfReadable(folder, warn);
  return username === undefined ? undefined : { kind: 'basic', username, password: secret ?? '' };
}

/** Stores them in the keychain, or where there is none in a file; resolves to where they are. */
export async function storeCredentials(
  env: NodeJS.ProcessEnv,
  folder: string,
  profile: string,
  proof: Credentials,
): Promise<string> {
  const secret = proof.kind === 'key' ? proof.key : proof.password;
  const who = proof.kind === 'basic' ? { username: proof.username } : {};
  const before = keptFor(folder, profile);
  // Where there is no keychain, or it is locked, there is still the file.
  const safe = usesKeychain(env) && (await entry(folder, profile, (one) => one.set(secret)).then(yes, no));
  if (!safe && before && before.secret === undefined)
    await entry(folder, profile, (one) => one.remove()).catch(no);
  await writeKept(folder, profile, safe ? who : { ...who, secret });
  return safe ? 'keychain' : credentialsPath(folder);
}

/** Removes what is stored for a profile; resolves to whether there was anything. @throws Failure `keychain.unusable` */
export async function forgetCredentials(folder: string, profile: string): Promise<boolean> {
  const kept = keptFor(folder, profile);
  if (kept === undefined) return false;
  if (kept.secret === undefined)
    await entry(folder, profile, (one) => one.remove()).catch((cause) => unusable(profile, cause));
  await writeKept(folder, profile, undefined);
  return true;
}

/** Where the credentials of each profile are that has any stored: the keychain, or the path of the file. */
export function storedOrigins(folder: string): Map<string, string> {
  return new Map(
    Object.entries(readKept(folder)).map(([name, { secret }]) => [
      name,
      secret === undefined ? 'keychain' : credentialsPath(folder),
    ]),
  );
}

function keptFor(folder: string, profile: string) {
  const kept = readKept(folder);
  return Object.hasOwn(kept, profile) ? kept[profile] : undefined;
}

async function fromKeychain(folder: string, profile: string): Promise<string> {
  const secret = await entry(folder, profile, (one) => one.get()).catch((cause) => unusable(profile, cause));
  return secret ?? unusable(profile, new Error('it has none'));
}

function unusable(profile: string, cause: unknown): never {
  const why = cause instanceof Error ? cause.message : String(cause);
  return fail(
    'setup',
    'keychain.unusable',
    `the keychain does not give the key of profile ${profile}: ${why}`,
    '`qlara login` stores it again; QLARA_API_KEY does without',
    cause,
  );
}

/** The folder is part of the name: another one is another user of the program. */
async function entry<T>(
  folder: string,
  profile: string,
  use: (keychain: Keychain) => Promise<T>,
): Promise<T> {
  const { keychain } = await import('./keychain.ts');
  return use(await keychain(`${profile}@${folder}`));
}

function usesKeychain({ QLARA_KEYCHAIN }: NodeJS.ProcessEnv): boolean {
  return QLARA_KEYCHAIN !== 'off';
}

const yes = () => true;
const no = () => false;
