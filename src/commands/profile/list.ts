import { listProfiles } from '../../actions/find-profile.ts';
import { command } from '../../app/command.ts';
import { listOrigins } from '../../config/credentials.ts';
import { type Profile, readConfig } from '../../config/profiles.ts';
import type { Column } from '../../output/columns.ts';
import { printRows } from '../../views/rows.ts';

interface Listed {
  name: string;
  isCurrent: boolean;
  settings: Profile;
  credentials: string | null;
}

const columns: readonly Column<Listed>[] = [
  { key: 'name', summary: 'as --profile has it', value: ({ name }) => name },
  {
    key: 'current',
    summary: 'whether it is used where none is named',
    value: ({ isCurrent }) => isCurrent,
    show: ({ isCurrent }, { symbols }) => (isCurrent ? symbols.ok : ''),
  },
  {
    key: 'baseUrl',
    summary: 'address of the gateway, or null for the usual one',
    value: ({ settings }) => settings.baseUrl ?? null,
  },
  {
    key: 'dialect',
    summary: 'dialect, or null for the usual one',
    value: ({ settings }) => settings.dialect ?? null,
  },
  {
    key: 'credentials',
    summary: 'where its key is stored: keychain, a file, or null',
    value: ({ credentials }) => credentials,
  },
];

export default command({
  flags: {},
  allowInvalidConfig: true,
  columns,
  examples: [['The profiles there are, and which is current', 'profile list']],
  async run(_, context) {
    const { configFolder } = context.settings;
    const config = await readConfig(configFolder);
    const origins = listOrigins(configFolder);
    const rows = listProfiles(config, configFolder).map((name) => ({
      name,
      isCurrent: name === config.current,
      settings: config.profiles[name] ?? {},
      credentials: origins.get(name) ?? null,
    }));
    await printRows(columns, rows, context);
    return 'ok';
  },
});
