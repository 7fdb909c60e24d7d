import type { Settings } from '../app/context.ts';
import { settingTypes } from '../app/settings-schema.ts';
import { resolveFolders } from '../config/paths.ts';
import { readConfig, type SettingName } from '../config/profiles.ts';
import { Failure, fail } from '../errors.ts';
import type { Values, ValueType } from '../input/flag.ts';
import type { globalFlags } from '../input/flags.ts';
import { hintOf } from '../input/hints.ts';
import { profileName } from '../input/value-types.ts';

const vendor = 'https://lora-api.agiletelecom.com/api';

/** The sandbox shows a message as soon as it has it; a gateway of many machines may be later. */
const grace = { gateway: 15_000, sandbox: 1_000 };

const sandboxProfile = 'sandbox';

/**
 * What holds for this run: a flag over the environment over the profile over the default. Unusable values of
 * the profile are passed over where `mends` says that the run is there to mend them.
 * @throws Failure of kind `usage` or `setup`
 */
export async function readSettings(
  flags: Values<typeof globalFlags>,
  env: NodeJS.ProcessEnv,
  mends = false,
): Promise<Settings> {
  const { config: configFolder, state: stateFolder } = resolveFolders(env);
  const file = `${configFolder}/config.json`;
  const { current, profiles } = await readConfig(configFolder);
  const usualProfile =
    (await inEnvironment(profileName, 'QLARA_PROFILE')) ?? (await inFile(profileName, current, 'current'));
  const named = flags.profile ?? usualProfile ?? 'default';
  const sandbox = flags.sandbox || named === sandboxProfile;
  if (sandbox && flags.baseUrl !== undefined)
    fail('usage', 'sandbox.base-url', '--sandbox and --base-url exclude each other', 'use only one');
  const profile = sandbox ? sandboxProfile : named;
  const kept = (Object.hasOwn(profiles, profile) && profiles[profile]) || {};
  if (flags.json && flags.output !== undefined && flags.output !== 'json')
    fail('usage', 'output.twice', `--json and --output ${flags.output} exclude each other`, 'use only one');
  const format = flags.json ? 'json' : flags.output;
  return {
    format: format ?? (await told(settingTypes.output, 'output', 'QLARA_OUTPUT')) ?? 'table',
    columns: flags.columns.length > 0 ? flags.columns : undefined,
    profile,
    usualProfile: usualProfile ?? 'default',
    sandbox,
    namedUrl: flags.baseUrl ?? (sandbox ? undefined : env.QLARA_BASE_URL || undefined),
    baseUrl: flags.baseUrl ?? (await told(settingTypes.baseUrl, 'baseUrl', 'QLARA_BASE_URL')) ?? vendor,
    dialect: flags.dialect ?? (await told(settingTypes.dialect, 'dialect', 'QLARA_DIALECT')) ?? 'partner',
    quiet: flags.quiet,
    verbose: flags.verbose,
    input: flags.input,
    grace: (await told(settingTypes.grace, 'grace')) ?? grace[sandbox ? 'sandbox' : 'gateway'],
    from: await told(settingTypes.from, 'from'),
    country: await told(settingTypes.country, 'country'),
    rate: await told(settingTypes.rate, 'rate'),
    consentWords: {
      stop: await told(settingTypes.stopWords, 'stopWords'),
      start: await told(settingTypes.startWords, 'startWords'),
    },
    configFolder,
    stateFolder,
  };

  /** A setting as the environment says, else the profile. */
  async function told<T>(kind: ValueType<T>, name: SettingName, variable?: string): Promise<T | undefined> {
    const ofEnvironment = variable === undefined ? undefined : await inEnvironment(kind, variable);
    return ofEnvironment ?? inFile(kind, kept[name], `${name} of profile ${profile}`);
  }

  async function inEnvironment<T>(kind: ValueType<T>, variable: string): Promise<T | undefined> {
    const text = env[variable];
    return text
      ? read(kind, text, (cause) => fail('usage', cause.code, `${variable}: ${cause.message}`, hintOf(cause)))
      : undefined;
  }

  async function inFile<T>(
    kind: ValueType<T>,
    text: string | undefined,
    what: string,
  ): Promise<T | undefined> {
    if (!text) return undefined;
    return read(kind, text, (cause) => {
      if (!mends) fail('setup', cause.code, `${file}, ${what}: ${cause.message}`, hintOf(cause));
      return undefined;
    });
  }
}

/** A value, or what becomes of a complaint about it: that is to say where the value stood. */
async function read<T, U>(kind: ValueType<T>, text: string, complain: (cause: Failure) => U): Promise<T | U> {
  try {
    return await kind.read(text);
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return complain(cause);
  }
}
