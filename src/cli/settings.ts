import type { Settings } from '../app/context.ts';
import { ledgerUrl } from '../app/ledger-url.ts';
import { settingTypes } from '../app/settings-schema.ts';
import { resolveFolders } from '../config/paths.ts';
import { readConfig, type SettingName } from '../config/profiles.ts';
import { Failure, fail } from '../errors.ts';
import { defaultDialect } from '../gateway/dialects.ts';
import type { Values, ValueType } from '../input/flag.ts';
import type { globalFlags } from '../input/flags.ts';
import { findHint } from '../input/hints.ts';
import { profileName, sandboxSpeed } from '../input/value-types.ts';

const vendorUrl = 'https://lora-api.agiletelecom.com/api';

/**
 * Grace periods before an absent message may be sent again, in milliseconds. The sandbox lists a message at once; a
 * distributed gateway may take longer.
 */
const graceMs = { gateway: 15_000, sandbox: 1_000 };

const ledgerWaitMs = 60_000;

const sandboxProfile = 'sandbox';

/**
 * Reads the settings of this run: flag, environment, profile, default, in this order. With `ignoresInvalid`, skips invalid
 * values of the profile, for the commands that fix them.
 * @throws Failure of kind `usage` or `setup`
 */
export async function readSettings(
  flags: Values<typeof globalFlags>,
  env: NodeJS.ProcessEnv,
  ignoresInvalid = false,
): Promise<Settings> {
  const { config: configFolder, state: stateFolder } = resolveFolders(env);
  const file = `${configFolder}/config.json`;
  const { current, profiles } = await readConfig(configFolder);
  const usualProfile =
    (await readVariable(profileName, 'QLARA_PROFILE')) ?? (await readStored(profileName, current, 'current'));
  const named = flags.profile ?? usualProfile ?? 'default';
  const sandbox = flags.sandbox || named === sandboxProfile;
  if (sandbox && flags.baseUrl !== undefined)
    fail(
      'usage',
      'sandbox.base-url',
      '--sandbox and --base-url cannot be used together',
      'use only one of them',
    );
  const profile = sandbox ? sandboxProfile : named;
  const stored = (Object.hasOwn(profiles, profile) && profiles[profile]) || {};
  if (flags.json && flags.output !== undefined && flags.output !== 'json')
    fail(
      'usage',
      'output.twice',
      `--json and --output ${flags.output} cannot be used together`,
      'use only one of them',
    );
  const format = flags.json ? 'json' : flags.output;
  const from = await readSetting(settingTypes.from, 'from');
  return {
    format: format ?? (await readSetting(settingTypes.output, 'output', 'QLARA_OUTPUT')) ?? 'table',
    columns: flags.columns.length > 0 ? flags.columns : undefined,
    profile,
    usualProfile: usualProfile ?? 'default',
    sandbox,
    sandboxSpeed: (await readVariable(sandboxSpeed, 'QLARA_SANDBOX_SPEED')) ?? 1,
    onLine: flags,
    namedUrl: flags.baseUrl ?? (sandbox ? undefined : env.QLARA_BASE_URL || undefined),
    baseUrl:
      flags.baseUrl ?? (await readSetting(settingTypes.baseUrl, 'baseUrl', 'QLARA_BASE_URL')) ?? vendorUrl,
    dialect:
      flags.dialect ??
      (await readSetting(settingTypes.dialect, 'dialect', 'QLARA_DIALECT')) ??
      defaultDialect,
    quiet: flags.quiet,
    verbose: flags.verbose,
    input: flags.input,
    grace: (await readSetting(settingTypes.grace, 'grace')) ?? graceMs[sandbox ? 'sandbox' : 'gateway'],
    from,
    agentId: await readSetting(settingTypes.agentId, 'agentId'),
    phoneNumberId: await readSetting(settingTypes.phoneNumberId, 'phoneNumberId'),
    rcsTemplate: await readSetting(settingTypes.rcsTemplate, 'rcsTemplate'),
    country: await readSetting(settingTypes.country, 'country'),
    rate: await readSetting(settingTypes.rate, 'rate'),
    consentWords: {
      stop: await readSetting(settingTypes.stopWords, 'stopWords'),
      start: await readSetting(settingTypes.startWords, 'startWords'),
      sender: from,
    },
    // The sandbox has a ledger of its own.
    ledgerUrl: sandbox
      ? undefined
      : ((await readVariable(ledgerUrl, 'QLARA_LEDGER', 'setup')) ??
        (await readSetting(settingTypes.ledger, 'ledger'))),
    ledgerWaitMs: (await readSetting(settingTypes.ledgerWait, 'ledgerWait')) ?? ledgerWaitMs,
    configFolder,
    stateFolder,
  };

  /** Reads a setting from the environment, else from the profile. */
  async function readSetting<T>(
    type: ValueType<T>,
    name: SettingName,
    variable?: string,
  ): Promise<T | undefined> {
    const fromVariable = variable === undefined ? undefined : await readVariable(type, variable);
    return fromVariable ?? readStored(type, stored[name], `${name} of profile ${profile}`);
  }

  async function readVariable<T>(
    type: ValueType<T>,
    variable: string,
    kind: 'usage' | 'setup' = 'usage',
  ): Promise<T | undefined> {
    const text = env[variable];
    return text
      ? read(type, text, (cause) => fail(kind, cause.code, `${variable}: ${cause.message}`, findHint(cause)))
      : undefined;
  }

  async function readStored<T>(
    type: ValueType<T>,
    text: string | undefined,
    what: string,
  ): Promise<T | undefined> {
    if (!text) return undefined;
    return read(type, text, (cause) => {
      if (!ignoresInvalid) fail('setup', cause.code, `${file}, ${what}: ${cause.message}`, findHint(cause));
      return undefined;
    });
  }
}

/** Reads a value. Passes a failure to `onFailure`, which adds where the value came from, and returns its result. */
async function read<T, U>(
  type: ValueType<T>,
  text: string,
  onFailure: (cause: Failure) => U,
): Promise<T | U> {
  try {
    return await type.read(text);
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return onFailure(cause);
  }
}
