import type { Context } from '../app/context.ts';
import { listOrigins } from '../config/credentials.ts';
import { type Config, defaultProfile } from '../config/profiles.ts';
import { fail } from '../errors.ts';
import { profileName } from '../input/value-types.ts';
import { findNearest } from '../message/nearest.ts';

/** The profile of the embedded gateway: always there, with nothing to log into. */
export const sandboxProfile = 'sandbox';

/** The profiles there are: the default one, and whatever has settings, a key, or was chosen. */
export function listProfiles(config: Config, configFolder: string): string[] {
  const others = [config.current, ...Object.keys(config.profiles), ...listOrigins(configFolder).keys()];
  return [defaultProfile, ...new Set(others.filter((name) => name !== defaultProfile).sort())];
}

/** The one word of the line as the name of a profile that is there. @throws Failure `profile.unknown`, `profile.missing` */
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

/** @throws Failure `profile.reserved` */
export function refuseSandbox({ settings }: Context, why: string): void {
  if (settings.sandbox) reservedProfile(why);
}

export function reservedProfile(why: string): never {
  fail('usage', 'profile.reserved', `the profile sandbox ${why}`, 'choose another one with --profile NAME');
}
