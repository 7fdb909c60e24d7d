import { refuseSandbox } from '../actions/find-profile.ts';
import { command } from '../app/command.ts';
import { forgetCredentials, readEnvCredentials } from '../config/credentials.ts';

export default command({
  flags: {},
  examples: [
    ['Remove the stored key', 'logout'],
    ['Remove the key of another profile', 'logout --profile shop'],
  ],
  notes:
    'Settings and ledger of the profile stay. To invalidate a key everywhere, revoke it where it was created.',
  async run(_, context) {
    const { settings, io, notices } = context;
    refuseSandbox(context, 'needs no key');
    const had = await forgetCredentials(settings.configFolder, settings.profile);
    notices.info(`profile ${settings.profile}: ${had ? 'the key was removed' : 'no key was stored'}`);
    if (readEnvCredentials(io.env)) notices.info('note: the environment still sets credentials');
    return 'ok';
  },
});
