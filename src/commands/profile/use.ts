import { requireProfile } from '../../actions/find-profile.ts';
import { command } from '../../app/command.ts';
import { changeConfig, readConfig } from '../../config/profiles.ts';

export default command({
  flags: {},
  allowInvalidConfig: true,
  operands: {
    placeholder: 'NAME',
    summary: 'name of the profile',
    many: false,
    required: true,
    known: 'profiles',
  },
  examples: [['Switch to the default profile', 'profile use default']],
  notes: '--profile and QLARA_PROFILE override it.',
  async run(_, context, words) {
    const { configFolder } = context.settings;
    const name = await requireProfile(words, await readConfig(configFolder), context);
    await changeConfig(configFolder, (config) => ({ ...config, current: name }));
    context.notices.info(`the current profile is now ${name}`);
    if (context.io.env.QLARA_PROFILE) context.notices.info('note: QLARA_PROFILE is set and overrides it');
    return 'ok';
  },
});
