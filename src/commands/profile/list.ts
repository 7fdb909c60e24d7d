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
  { key: 'name', summary: 'name of the profile', value: ({ name }) => name },
  {
    key: 'current',
    summary: 'true if it is the current profile',
    value: ({ isCurrent }) => isCurrent,
    show: ({ isCurrent }, { symbols }) => (isCurrent ? symbols.ok : ''),
  },
  {
    key: 'baseUrl',
    summary: 'base URL of the gateway; null for the default',
    value: ({ settings }) => settings.baseUrl ?? null,
  },
  {
    key: 'dialect',
    summary: 'dialect; null for the default',
    value: ({ settings }) => settings.dialect ?? null,
  },
  {
    key: 'credentials',
    summary: 'where the key is stored: keychain, a file, or null',
    value: ({ credentials }) => credentials,
  },
];

export default command({
  flags: {},
  allowInvalidConfig: true,
  columns,
  examples: [['List profiles', 'profile list']],
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
