import type { Settings } from '../commands/context.ts';
import { folders } from '../config/folders.ts';
import { readProfile } from '../config/profiles.ts';
import { fail } from '../errors.ts';
import { dialectNames } from '../gateway/dialects.ts';
import type { Values } from '../input/field.ts';
import { choice, duration, httpUrl } from '../input/kinds.ts';
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
    format:
      format ?? (await told(choice('FORMAT', 'format', formats), 'QLARA_OUTPUT', kept.output)) ?? 'table',
    columns: flags.columns.length > 0 ? flags.columns : undefined,
    profile,
    sandbox,
    baseUrl: flags.baseUrl ?? (await told(httpUrl, 'QLARA_BASE_URL', kept.baseUrl)) ?? vendor,
    dialect:
      flags.dialect ??
      (await told(choice('DIALECT', 'dialect', dialectNames), 'QLARA_DIALECT', kept.dialect)) ??
      'partner',
    quiet: flags.quiet,
    verbose: flags.verbose,
    input: flags.input,
    grace: (kept.grace && (await duration.read(kept.grace))) || grace[sandbox ? 'sandbox' : 'gateway'],
    from: kept.from,
    country: kept.country,
    stateFolder,
  };

  async function told<T>(
    kind: { read(text: string): T | Promise<T> },
    variable: string,
    ofProfile: string | undefined,
  ) {
    const text = env[variable] || ofProfile;
    return text ? kind.read(text) : undefined;
  }
}
