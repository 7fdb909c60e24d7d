import { requireProfile } from '../../actions/find-profile.ts';
import { command } from '../../app/command.ts';
import { settingTypes } from '../../app/settings-schema.ts';
import { type Profile, readConfig, type SettingName, settingNames } from '../../config/profiles.ts';
import type { Column } from '../../output/columns.ts';
import { printRows } from '../../views/rows.ts';

interface Setting {
  name: SettingName;
  value: string | null;
}

const columns: readonly Column<Setting>[] = [
  { key: 'key', summary: 'name of the setting', value: ({ name }) => name },
  { key: 'value', summary: 'value, or null', value: ({ value }) => value },
  { key: 'summary', summary: 'description', value: ({ name }) => settingTypes[name].summary },
];

export default command({
  flags: {},
  allowInvalidConfig: true,
  operands: {
    placeholder: 'NAME',
    summary: 'name of the profile (default: the current one)',
    many: false,
    known: 'profiles',
  },
  columns,
  examples: [
    ['Show the settings of the current profile', 'profile show'],
    ['Get the settings of a profile as JSON', 'profile show default --json'],
  ],
  async run(_, context, words) {
    const { settings } = context;
    const config = await readConfig(settings.configFolder);
    const name = words.length > 0 ? await requireProfile(words, config, context) : settings.profile;
    const profile: Profile = config.profiles[name] ?? {};
    await printRows(
      columns,
      settingNames.map((name) => ({ name, value: profile[name] ?? null })),
      context,
    );
    return 'ok';
  },
});
