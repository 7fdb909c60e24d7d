import { join } from 'node:path';
import { failReservedProfile, requireProfile, sandboxProfile } from '../../actions/find-profile.ts';
import { command } from '../../app/command.ts';
import type { Context } from '../../app/context.ts';
import { forgetCredentials } from '../../config/credentials.ts';
import { changeConfig, defaultProfile, readConfig } from '../../config/profiles.ts';
import { fail } from '../../errors.ts';
import { yes } from '../../input/flags.ts';

export default command({
  flags: { yes },
  allowInvalidConfig: true,
  operands: {
    placeholder: 'NAME',
    summary: 'name of the profile',
    many: false,
    required: true,
    known: 'profiles',
  },
  examples: [['Remove the settings and the key of a profile', 'profile remove shop']],
  notes: 'The ledger stays, so that its messages are never sent twice.',
  async run(values, context, words) {
    const { configFolder, stateFolder } = context.settings;
    const name = await requireProfile(words, await readConfig(configFolder), context);
    if (name === sandboxProfile) failReservedProfile('cannot be removed');
    if (!values.yes && !(await confirmRemove(name, context))) {
      context.notices.info('nothing was removed');
      return 'declined';
    }
    await forgetCredentials(configFolder, name);
    await changeConfig(configFolder, ({ current, profiles }) => {
      const { [name]: _, ...others } = profiles;
      return { current: current === name ? defaultProfile : current, profiles: others };
    });
    context.notices.info(`profile ${name} removed; its ledger stays: ${join(stateFolder, `${name}.db`)}`);
    return 'ok';
  },
});

async function confirmRemove(name: string, { io, settings, ask }: Context): Promise<boolean> {
  if (io.stdin.isTTY && io.stderr.isTTY && settings.input)
    return (await ask()).confirm(`Remove the settings and the key of profile ${name}?`);
  return fail('usage', 'confirm.missing', `removing profile ${name} needs confirmation`, 'add --yes');
}
