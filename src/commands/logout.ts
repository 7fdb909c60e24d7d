import { refuseSandbox } from '../actions/find-profile.ts';
import { command } from '../app/command.ts';
import { forgetCredentials, readEnvCredentials } from '../config/credentials.ts';

export default command({
  flags: {},
  examples: [
    ['Forget the key', 'logout'],
    ['That of another profile', 'logout --profile shop'],
  ],
  notes: 'Settings and ledger of the profile stay. To end a key for everybody, revoke it where it was made.',
  async run(_, context) {
    const { settings, io, notices } = context;
    refuseSandbox(context, 'needs no key');
    const had = await forgetCredentials(settings.configFolder, settings.profile);
    notices.info(`profile ${settings.profile}: ${had ? 'the key is forgotten' : 'no key was stored'}`);
    if (readEnvCredentials(io.env)) notices.info('note: the environment still names credentials');
    return 'ok';
  },
});
