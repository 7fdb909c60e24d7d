import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type Conf from 'conf';
import { fail } from '../errors.ts';
import { parseJson } from '../message/nesting.ts';
import { withLock } from './lock.ts';

/** What a profile can hold. */
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
  'stopWords',
  'startWords',
] as const;

export type SettingName = (typeof settingNames)[number];

/** The settings of one profile, each as it would be written on the line. */
export type Profile = { [name in SettingName]?: string };

/** All that config.json says. */
export interface Config {
  /** The profile to use where none is named. */
  current: string;
  profiles: Readonly<Record<string, Profile>>;
}

/** The profile that is there without being made. */
export const defaultProfile = 'default';

interface File {
  version?: number;
  current?: string;
  profiles?: Record<string, Profile>;
}

/**
 * What takes a file from version n + 1 to n + 2, at index n. A file that names no version is of the first. A
 * file is brought up to date in memory, and on disk when it is next written.
 */
const steps: readonly ((file: File) => File)[] = [
  // The first version had no choice of a profile.
  (file) => ({ current: defaultProfile, ...file }),
];

const newest = steps.length + 1;

const text = { type: 'string' } as const;

const schema = {
  version: { type: 'integer', minimum: 1, maximum: newest },
  current: text,
  profiles: {
    type: 'object',
    additionalProperties: {
      type: 'object',
      properties: Object.fromEntries(settingNames.map((name) => [name, text])),
      additionalProperties: false,
    },
  },
} as const;

/**
 * What the file says; the least there is where no file is. A file that cannot be read is left as it is.
 * @throws Failure `config.broken`
 */
export async function readConfig(folder: string): Promise<Config> {
  // Most runs have no file, and the library that reads it takes longer to start than the rest of the program.
  if (!existsSync(join(folder, 'config.json'))) return { current: defaultProfile, profiles: {} };
  const { default: Library } = await import('conf');
  // The schema takes as long as all else of the library, so it is only asked for its word on what looks wrong.
  const { config, looksRight } = opened(Library, folder, false);
  return looksRight ? config : opened(Library, folder, true).config;
}

/**
 * Changes the file by what it says right now, in one step: whoever writes at the same time takes turns.
 * @throws Failure `config.broken`, and then nothing is written; `config.unwritable`
 */
export async function changeConfig(folder: string, change: (config: Config) => Config): Promise<void> {
  const { default: Library } = await import('conf');
  await withLock(folder, () => {
    const { file, config } = opened(Library, folder, true);
    file.store = { version: newest, ...change(config) };
  });
}

function opened(Library: typeof Conf, folder: string, strictly: boolean) {
  try {
    let looksRight = true;
    const file = new Library<File>({
      cwd: folder,
      configName: 'config',
      ...(strictly && { schema }),
      configFileMode: 0o600,
      serialize: (value) => `${JSON.stringify(value, null, 2)}\n`,
      deserialize(text) {
        const value = parseJson(text);
        looksRight = isFile(value);
        return value as File;
      },
    });
    const { store } = file;
    const { current = defaultProfile, profiles: kept = {} } = steps
      .slice((store.version ?? 1) - 1)
      .reduce((older, step) => step(older), store);
    // A profile may be called like what every object has, such as `constructor`.
    const profiles: Record<string, Profile> = Object.assign(Object.create(null), kept);
    return { file, config: { current, profiles }, looksRight };
  } catch (cause) {
    const path = join(folder, 'config.json');
    const why = cause instanceof Error ? cause.message : String(cause);
    fail('setup', 'config.broken', `${path} cannot be used: ${why}`, 'mend it, or move it away', cause);
  }
}

/** The schema in short: never right about what the schema refuses. */
function isFile(value: unknown): boolean {
  if (!isObject(value)) return false;
  const { version = 1, current = '', profiles = {} } = value;
  return (
    (version === newest || steps.some((_, step) => version === step + 1)) &&
    typeof current === 'string' &&
    isObject(profiles) &&
    Object.values(profiles).every(
      (profile) =>
        isObject(profile) &&
        Object.entries(profile).every(
          ([name, text]) => settingNames.some((known) => known === name) && typeof text === 'string',
        ),
    )
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
