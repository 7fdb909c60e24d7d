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
  { key: 'key', summary: 'as `profile set` takes it', value: ({ name }) => name },
  { key: 'value', summary: 'what is set, or null', value: ({ value }) => value },
  { key: 'summary', summary: 'what it is', value: ({ name }) => settingTypes[name].summary },
];

export default command({
  flags: {},
  allowInvalidConfig: true,
  operands: {
    placeholder: 'NAME',
    summary: 'a profile; none: the current one',
    many: false,
    known: 'profiles',
  },
  columns,
  examples: [
    ['The settings of the current profile', 'profile show'],
    ['Those of another one, for a script', 'profile show default --json'],
  ],
  async run(_, context, words) {
    const { settings } = context;
    const config = await readConfig(settings.configFolder);
    const name = words.length > 0 ? await requireProfile(words, config, context) : settings.profile;
    const kept: Profile = config.profiles[name] ?? {};
    await printRows(
      columns,
      settingNames.map((name) => ({ name, value: kept[name] ?? null })),
      context,
    );
    return 'ok';
  },
});
