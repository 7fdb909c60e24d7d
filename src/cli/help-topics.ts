import { resolveFolders } from '../config/paths.ts';
import { exits } from '../errors.ts';
import { type Status, statuses } from '../message/event.ts';
import { scenarios } from '../sandbox/scenarios.ts';

type Pairs = readonly (readonly [string, string])[];

/** A topic: a paragraph, and what it lists. */
export interface Topic {
  about: string;
  pairs: Pairs;
}

const meanings: Record<Status, string> = {
  queued: 'recorded; not sent yet, or just being sent',
  submitted: 'accepted by the gateway',
  unknown: 'nothing is known: the gateway has no status for it, or it is in doubt',
  sent: 'handed to the carrier',
  received: 'with the carrier, or in part on the phone',
  undelivered: 'could not be delivered; final on the last channel of a chain',
  expired: 'not delivered in time; final on the last channel of a chain',
  rejected: 'refused by the gateway, or the recipient has opted out; final',
  delivered: 'on the phone; final, but WhatsApp and RCS may still report it as read',
  read: 'opened; final',
};

/** The text of a topic, from the same tables that the program works by. */
export const topicTexts: Record<string, (env: NodeJS.ProcessEnv) => Topic> = {
  'exit-codes': () => ({
    about:
      'What a script may conclude from how a command ends. A watched message that is not delivered is 1, never 0. In a bulk, 3 and 4 mean that nothing more was sent; the message says how many were.',
    pairs: Object.entries(exits).map(([kind, { code, means }]) => [`${code} ${kind}`, means]),
  }),
  statuses: () => ({
    about:
      'Where a message stands. Besides, it is in doubt (`inDoubt`, `--status in-doubt`) when its request may have been accepted and there is no proof either way: `qlara status ID` asks the gateway again, `qlara resolve` settles it by hand.',
    pairs: statuses.map((status) => [status, meanings[status]]),
  }),
  environment: () => ({
    about:
      'A flag wins over the environment, the environment over the profile, the profile over the default.',
    pairs: [
      ['QLARA_API_KEY', 'key of the gateway'],
      ['QLARA_USERNAME, QLARA_PASSWORD', 'Basic credentials instead of a key'],
      ['QLARA_PROFILE', 'as --profile'],
      ['QLARA_BASE_URL', 'as --base-url'],
      ['QLARA_DIALECT', 'as --dialect'],
      ['QLARA_OUTPUT', 'as --output'],
      ['QLARA_STATE_DIR', 'folder of the ledgers'],
      ['QLARA_CONFIG_DIR', 'folder of config.json and credentials.json'],
      ['QLARA_KEYCHAIN', '`off`: `qlara login` keeps keys in a file'],
      ['QLARA_SANDBOX_SPEED', 'how many times faster --sandbox delivers'],
      ['NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE', 'colour; --color wins'],
      ['HTTPS_PROXY, HTTP_PROXY, NO_PROXY', 'proxies'],
      ['NODE_EXTRA_CA_CERTS', 'a file of certificates to trust besides'],
    ],
  }),
  formats: () => ({
    about: 'Data goes to stdout, everything else to stderr.',
    pairs: [
      ['table', 'for eyes; in a pipe: tabs between cells, nothing cut, ISO times'],
      ['json', 'one document, always an array of rows'],
      ['ndjson', 'a row a line, as it happens; with --wait or --watch a line for each change'],
      ['csv', 'header and rows, RFC 4180; cells that a spreadsheet would calculate are made harmless'],
    ],
  }),
  files: (env) => ({
    about:
      'All files are made with mode 0600. Message texts are in the ledger, secrets are not: they are in the keychain of the system, or where there is none in credentials.json.',
    pairs: [
      [`${resolveFolders(env).config}/config.json`, 'settings of the profiles'],
      [
        `${resolveFolders(env).config}/credentials.json`,
        'whose key is in the keychain, and keys without one',
      ],
      [
        `${resolveFolders(env).state}/PROFILE.db`,
        'ledger of a profile: every message, and all that became of it',
      ],
      [
        `${resolveFolders(env).config}/ledgers/`,
        'a mark of each ledger, by which a copy or a backup is recognised',
      ],
      [
        `${resolveFolders(env).state}/gateways.json`,
        'status calls and limits of the gateways that were used',
      ],
      [
        `${resolveFolders(env).state}/templates-PROFILE.json`,
        'templates of the gateway, remembered for five minutes',
      ],
      [`${resolveFolders(env).state}/sandbox.gateway.db`, 'what the sandbox has accepted'],
    ],
  }),
  sandbox: () => ({
    about:
      'With --sandbox, or QLARA_PROFILE=sandbox, an embedded gateway answers on this machine and sends nothing anywhere. `qlara sandbox` serves the same one to any client. The last four digits of a destination choose what becomes of a message:',
    pairs: [
      ...Object.entries(scenarios).map(([digits, { summary }]) => [digits, summary] as const),
      ['any other', 'delivered; on WhatsApp and RCS then read'],
    ],
  }),
};
