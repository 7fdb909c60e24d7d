import { command } from '../app/command.ts';
import type { Context } from '../app/context.ts';
import { findCredentials } from '../config/credentials.ts';
import { fail } from '../errors.ts';
import type { Column } from '../output/columns.ts';
import { printRecord } from '../views/rows.ts';

interface Identity {
  profile: string;
  baseUrl: string | null;
  dialect: string;
  ledger: string | null;
  source: string | null;
  username: string | null;
  key: string | null;
}

const columns: readonly Column<Identity>[] = [
  { key: 'profile', summary: 'current profile', value: ({ profile }) => profile },
  {
    key: 'baseUrl',
    summary: 'base URL of the gateway; null for the sandbox',
    value: ({ baseUrl }) => baseUrl,
  },
  {
    key: 'dialect',
    summary: 'dialect of the gateway’s API',
    value: ({ dialect }) => dialect,
  },
  {
    key: 'ledger',
    summary: 'URL of the ledger’s database, without its password; null for a file',
    value: ({ ledger }) => ledger,
  },
  {
    key: 'source',
    summary: 'where the key comes from: environment, keychain, a file, or sandbox; null without a key',
    value: ({ source }) => source,
  },
  { key: 'username', summary: 'user name of Basic credentials, or null', value: ({ username }) => username },
  { key: 'key', summary: 'first and last characters of the key, or ****', value: ({ key }) => key },
];

export default command({
  flags: {},
  columns,
  examples: [
    ['Show the current profile and the source of its key', 'whoami'],
    ['Get it as JSON', 'whoami --json'],
  ],
  notes: 'Does not contact the gateway; to test the key, run `qlara credit`.',
  async run(_, context) {
    const identity = await readIdentity(context);
    await printRecord(columns, identity, context);
    if (identity.source === null)
      fail(
        'setup',
        'credentials.missing',
        `no API key for profile ${context.settings.profile}`,
        'to log in, run `qlara login` or set QLARA_API_KEY',
      );
    return 'ok';
  },
});

async function readIdentity({ settings, io, notices }: Context): Promise<Identity> {
  const { profile, baseUrl, dialect, ledgerUrl, configFolder } = settings;
  const ledger =
    ledgerUrl === undefined ? null : (await import('../ledger/postgres/url.ts')).showLedgerUrl(ledgerUrl);
  const anonymous = { profile, baseUrl, dialect, ledger, source: null, username: null, key: null };
  if (settings.sandbox) return { ...anonymous, baseUrl: null, source: 'sandbox' };
  const found = await findCredentials(io.env, configFolder, profile, notices.info);
  if (found === undefined) return anonymous;
  const { credentials, origin } = found;
  if (credentials.kind === 'key') return { ...anonymous, source: origin, key: maskKey(credentials.key) };
  return { ...anonymous, source: origin, username: credentials.username, key: '****' };
}

/** Shows the first and last characters of a long key, to tell keys apart, and nothing of a short one. */
function maskKey(key: string): string {
  return key.length < 16 ? '****' : `${key.slice(0, 4)}****${key.slice(-2)}`;
}
