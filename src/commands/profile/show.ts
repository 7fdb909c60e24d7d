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
    const rows = settingNames.map(async (name) => ({ name, value: await showValue(name, profile[name]) }));
    await printRows(columns, await Promise.all(rows), context);
    return 'ok';
  },
});

/** Writes the value of a setting. A file that was edited by hand may hold a password, which is not shown. */
async function showValue(name: SettingName, value: string | undefined): Promise<string | null> {
  if (!value) return null;
  return name === 'ledger' ? (await import('../../ledger/postgres/url.ts')).showLedgerUrl(value) : value;
}
