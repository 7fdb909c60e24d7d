import type { Settings } from '../commands/context.ts';
import { folders } from '../config/folders.ts';
import { readProfile } from '../config/profiles.ts';
import { Failure, fail } from '../errors.ts';
import { dialectNames } from '../gateway/dialects.ts';
import type { Values } from '../input/field.ts';
import { choice, duration, httpUrl } from '../input/kinds.ts';
import { country } from '../message/phone.ts';
import { sender } from '../message/sender.ts';
import { formats } from '../output/format.ts';
import type { everywhere } from './everywhere.ts';

const vendor = 'https://lora-api.agiletelecom.com/api';

/** The sandbox shows a message as soon as it has it; a gateway of many machines may be later. */
const grace = { gateway: 15_000, sandbox: 1_000 };

const sandboxProfile = 'sandbox';

/**
 * What holds for this run: a flag over the environment over the profile over the default.
 * @throws Failure of kind `usage` or `setup`
 */
export async function settingsFrom(
  flags: Values<typeof everywhere>,
  env: NodeJS.ProcessEnv,
): Promise<Settings> {
  const { config, state: stateFolder } = folders(env);
  const named = flags.profile ?? (env.QLARA_PROFILE || 'default');
  if (!/^[\w-]{1,64}$/.test(named))
    fail(
      'usage',
      'profile.invalid',
      `${JSON.stringify(named)} cannot be a profile`,
      'use letters, digits, - and _',
    );
  const sandbox = flags.sandbox || named === sandboxProfile;
  if (sandbox && flags.baseUrl !== undefined)
    fail(
      'usage',
      'sandbox.base-url',
      'both --sandbox and --base-url say which gateway to use',
      'use one of them',
    );
  const profile = sandbox ? sandboxProfile : named;
  const kept = await readProfile(config, profile);
  const format = flags.json ? 'json' : flags.output;
  if (flags.json && flags.output !== undefined && flags.output !== 'json')
    fail('usage', 'output.twice', `both --json and --output ${flags.output} are given`, 'use one of them');
  return {
    format: format ?? (await told(choice('FORMAT', 'format', formats), 'QLARA_OUTPUT', 'output')) ?? 'table',
    columns: flags.columns.length > 0 ? flags.columns : undefined,
    profile,
    sandbox,
    baseUrl: flags.baseUrl ?? (await told(httpUrl, 'QLARA_BASE_URL', 'baseUrl')) ?? vendor,
    dialect:
      flags.dialect ??
      (await told(choice('DIALECT', 'dialect', dialectNames), 'QLARA_DIALECT', 'dialect')) ??
      'partner',
    quiet: flags.quiet,
    verbose: flags.verbose,
    input: flags.input,
    grace: (await told(duration, undefined, 'grace')) ?? grace[sandbox ? 'sandbox' : 'gateway'],
    from: await told({ read: sender }, undefined, 'from'),
    country: await told({ read: country }, undefined, 'country'),
    stateFolder,
  };

  /** As the environment says, else the profile; a complaint says which of them it was. */
  async function told<T>(
    kind: Readable<T>,
    variable: string | undefined,
    name: keyof typeof kept,
  ): Promise<T | undefined> {
    const ofEnvironment = variable && env[variable];
    const ofProfile = kept[name];
    try {
      if (ofEnvironment) return await kind.read(ofEnvironment);
      return ofProfile ? await kind.read(ofProfile) : undefined;
    } catch (cause) {
      if (!(cause instanceof Failure)) throw cause;
      if (ofEnvironment) fail('usage', cause.code, `${variable}: ${cause.message}`, cause.hint);
      fail(
        'setup',
        cause.code,
        `${config}/config.json, ${name} of profile ${profile}: ${cause.message}`,
        cause.hint,
      );
    }
  }
}

interface Readable<T> {
  read(text: string): T | Promise<T>;
}
