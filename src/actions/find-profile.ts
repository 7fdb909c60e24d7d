import type { Context } from '../app/context.ts';
import { listOrigins } from '../config/credentials.ts';
import { type Config, defaultProfile } from '../config/profiles.ts';
import { fail } from '../errors.ts';
import { profileName } from '../input/value-types.ts';
import { findNearest } from '../message/nearest.ts';

/** Profile of the embedded gateway. It always exists and needs no login. */
export const sandboxProfile = 'sandbox';

/** Lists the profiles: the default one, and all that have settings, a key, or are current. */
export function listProfiles(config: Config, configFolder: string): string[] {
  const others = [config.current, ...Object.keys(config.profiles), ...listOrigins(configFolder).keys()];
  return [defaultProfile, ...new Set(others.filter((name) => name !== defaultProfile).sort())];
}

/** Reads the argument as the name of an existing profile. @throws Failure `profile.unknown`, `profile.missing` */
export async function requireProfile(
  words: readonly string[],
  config: Config,
  { settings }: Context,
): Promise<string> {
  const [word] = words;
  if (word === undefined)
    fail('usage', 'profile.missing', 'no profile named', '`qlara profile list` lists the profiles');
  const name = await profileName.read(word);
  const known = [...listProfiles(config, settings.configFolder), sandboxProfile];
  if (known.includes(name)) return name;
  const meant = findNearest(name, known);
  fail(
    'usage',
    'profile.unknown',
    `no profile ${name}`,
    meant
      ? `did you mean ${meant}?`
      : '`qlara profile list` lists the profiles; `qlara login --profile NAME` creates one',
  );
}

/** Refuses the sandbox profile. @throws Failure `profile.reserved` */
export function refuseSandbox({ settings }: Context, why: string): void {
  if (settings.sandbox) failReservedProfile(why);
}

export function failReservedProfile(why: string): never {
  fail('usage', 'profile.reserved', `the profile sandbox ${why}`, 'choose another one with --profile NAME');
}
