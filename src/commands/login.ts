import { refuseSandbox } from '../actions/find-profile.ts';
import { proposeSettings } from '../actions/propose-settings.ts';
import { readSecret } from '../actions/secret.ts';
import { command } from '../app/command.ts';
import type { Context } from '../app/context.ts';
import { assertKeyFormat, storeCredentials } from '../config/credentials.ts';
import { changeConfig } from '../config/profiles.ts';
import { fail } from '../errors.ts';
import { check, username } from '../input/flags.ts';
import type { Credentials } from '../message/credentials.ts';

export default command({
  flags: { username, check },
  operands: { placeholder: 'KEY', summary: '', many: true, unlisted: true },
  examples: [
    ['Type or paste a key at a hidden prompt', 'login'],
    ['Read the key from a file', 'login < key.txt'],
    ['Log in to a second account with user name and password', 'login --profile shop --username ada'],
    ['Store a key while the gateway is unreachable', 'login --no-check < key.txt'],
  ],
  notes:
    'Tests the key by asking the gateway for the balance, and stores it only if the gateway accepts it. The key is stored in the system keychain; without one, or with QLARA_KEYCHAIN=off, in a file that only you can read. QLARA_API_KEY overrides the stored key. --base-url and --dialect are kept as settings of the profile. Then asks the gateway, with reads only, which dialect it speaks, and prints the commands that set what the profile lacks, or in a terminal asks whether to set what it found; it sets the dialect itself only where the gateway leaves no doubt and none is named.',
  async run(values, context, words) {
    const { settings, io, notices } = context;
    if (words.length > 0)
      fail(
        'usage',
        'secret.on-line',
        'do not pass a key on the command line: the shell history keeps it and others on this machine can see it',
        'run `qlara login` and paste it, or pipe it in',
      );
    refuseSandbox(context, 'needs no key');
    const credentials = await promptCredentials(values.username, context);
    if (values.check) {
      notices.startSpinner('asking the gateway');
      await context.credit(credentials);
      notices.stopSpinner();
    }
    const place = await storeCredentials(io.env, settings.configFolder, settings.profile, credentials);
    const kept = Object.entries({
      baseUrl: settings.onLine.baseUrl,
      dialect: settings.onLine.dialect,
    }).filter(([, value]) => value !== undefined);
    if (kept.length > 0) {
      const set = Object.fromEntries(kept);
      await changeConfig(settings.configFolder, ({ current, profiles }) => ({
        current,
        profiles: { ...profiles, [settings.profile]: { ...profiles[settings.profile], ...set } },
      }));
    }
    const { profile, baseUrl } = settings;
    notices.info(
      values.check
        ? `profile ${profile}: logged in to ${baseUrl}`
        : `profile ${profile}: stored without testing`,
    );
    const what = credentials.kind === 'key' ? 'key' : 'password';
    notices.info(
      place === 'keychain'
        ? `the ${what} is stored in the system keychain`
        : `the ${what} is stored in ${place}, which only you can read`,
    );
    if (io.env.QLARA_API_KEY || io.env.QLARA_USERNAME)
      notices.info('note: the environment also sets credentials; they override the stored ones');
    if (values.check) await proposeSettings(context);
    return 'ok';
  },
});

async function promptCredentials(name: string | undefined, context: Context): Promise<Credentials> {
  if (name === undefined)
    return { kind: 'key', key: assertKeyFormat((await readSecret('key', context)).trim(), 'what was given') };
  if (name === '' || name.includes(':'))
    fail(
      'usage',
      'username.invalid',
      `${JSON.stringify(name)} is not a valid user name`,
      'it must not be empty or contain a colon',
    );
  return { kind: 'basic', username: name, password: await readSecret('password', context) };
}
