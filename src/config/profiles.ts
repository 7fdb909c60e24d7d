import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type Conf from 'conf';
import { fail } from '../errors.ts';
import { parseJson } from '../message/nesting.ts';
import { withLock } from './lock.ts';

/** Names of the settings that a profile can hold. */
export const settingNames = [
  'baseUrl',
  'dialect',
  'output',
  'from',
  'country',
  'rate',
  'grace',
  'agentId',
  'phoneNumberId',
  'rcsTemplate',
  'stopWords',
  'startWords',
  'ledger',
  'ledgerWait',
] as const;

export type SettingName = (typeof settingNames)[number];

/** Settings of one profile, each as it would be written on the command line. */
export type Profile = { [name in SettingName]?: string };

/** Content of config.json. */
export interface Config {
  /** Profile to use if none is named. */
  current: string;
  profiles: Readonly<Record<string, Profile>>;
}

/** Profile that exists without being created. */
export const defaultProfile = 'default';

interface File {
  version?: number;
  current?: string;
  profiles?: Record<string, Profile>;
}

/**
 * Migrations of a file from version n + 1 to n + 2, at index n. A file without a version is of the first. A file is
 * migrated in memory, and on disk when it is next written.
 */
const steps: readonly ((file: File) => File)[] = [
  // The first version had no current profile.
  (file) => ({ current: defaultProfile, ...file }),
];

const latestVersion = steps.length + 1;

const stringSchema = { type: 'string' } as const;

const schema = {
  version: { type: 'integer', minimum: 1, maximum: latestVersion },
  current: stringSchema,
  profiles: {
    type: 'object',
    additionalProperties: {
      type: 'object',
      properties: Object.fromEntries(settingNames.map((name) => [name, stringSchema])),
      additionalProperties: false,
    },
  },
} as const;

/**
 * Reads the file, or returns the minimum if there is none. An unreadable file is left as it is.
 * @throws Failure `config.broken`
 */
export async function readConfig(folder: string): Promise<Config> {
  // Most runs have no file, and the library that reads it takes longer to load than the rest of the program.
  if (!existsSync(join(folder, 'config.json'))) return { current: defaultProfile, profiles: {} };
  const { default: Library } = await import('conf');
  // The schema takes as long as the rest of the library, so only a file that looks wrong is validated.
  const { config, isLikelyValid } = openConfig(Library, folder, false);
  return isLikelyValid ? config : openConfig(Library, folder, true).config;
}

/**
 * Changes the file based on its current content; concurrent writers take turns.
 * @throws Failure `config.broken`, and then nothing is written; `config.unwritable`
 */
export async function changeConfig(folder: string, change: (config: Config) => Config): Promise<void> {
  const { default: Library } = await import('conf');
  await withLock(folder, () => {
    const { file, config } = openConfig(Library, folder, true);
    file.store = { version: latestVersion, ...change(config) };
  });
}

function openConfig(Library: typeof Conf, folder: string, isStrict: boolean) {
  try {
    let isLikelyValid = true;
    const file = new Library<File>({
      cwd: folder,
      configName: 'config',
      ...(isStrict && { schema }),
      configFileMode: 0o600,
      serialize: (value) => `${JSON.stringify(value, null, 2)}\n`,
      deserialize(content) {
        const value = parseJson(content);
        isLikelyValid = isFile(value);
        return value as File;
      },
    });
    const { store } = file;
    const { current = defaultProfile, profiles: stored = {} } = steps
      .slice((store.version ?? 1) - 1)
      .reduce((older, step) => step(older), store);
    // A profile may have the name of an object property, such as `constructor`.
    const profiles: Record<string, Profile> = Object.assign(Object.create(null), stored);
    return { file, config: { current, profiles }, isLikelyValid };
  } catch (cause) {
    const path = join(folder, 'config.json');
    const reason = cause instanceof Error ? cause.message : String(cause);
    fail(
      'setup',
      'config.broken',
      `cannot use ${path}: ${reason}`,
      'repair the file, or move it away',
      cause,
    );
  }
}

/** A short form of the schema, which never accepts what the schema rejects. */
function isFile(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { version = 1, current = '', profiles = {} } = value;
  return (
    (version === latestVersion || steps.some((_, step) => version === step + 1)) &&
    typeof current === 'string' &&
    isObject(profiles) &&
    Object.values(profiles).every(
      (profile) =>
        isObject(profile) &&
        Object.entries(profile).every(
          ([name, value]) => settingNames.some((known) => known === name) && typeof value === 'string',
        ),
    )
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
