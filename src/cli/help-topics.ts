import { resolveFolders } from '../config/paths.ts';
import { exits } from '../errors.ts';
import { type DialectName, dialectNames } from '../gateway/dialects.ts';
import { type Status, statuses } from '../message/event.ts';
import { scenarios } from '../sandbox/scenarios.ts';

type Pairs = readonly (readonly [string, string])[];

/** A help topic: a paragraph and a list. */
export interface Topic {
  about: string;
  pairs: Pairs;
}

const statusMeanings: Record<Status, string> = {
  queued: 'recorded; not sent yet, or being sent',
  submitted: 'accepted by the gateway',
  unknown: 'no status from the gateway, or in doubt',
  sent: 'handed to the carrier',
  received: 'with the carrier, or partly delivered',
  undelivered: 'could not be delivered; final on the last channel of a chain',
  expired: 'not delivered in time; final on the last channel of a chain',
  rejected: 'refused by the gateway, or the recipient opted out; final',
  delivered: 'on the phone; final, though WhatsApp and RCS may still report it as read',
  read: 'opened by the recipient; final',
};

/** Notes on dialects; a dialect works without one. */
const dialectMeanings: Partial<Record<DialectName, string>> = {
  partner: 'the older generation, and the default: one template id for all channels of a fallback chain',
  platform:
    'the newer generation: SMS needs a sender ID (`from`), RCS an agent (`agentId`), WhatsApp a number (`phoneNumberId`); RCS also takes text, cards and images; --at, --campaign, `qlara numbers` and `qlara status --history` work',
};

/** Texts of the topics, built from the tables that the program itself uses. */
export const topicTexts: Record<string, (env: NodeJS.ProcessEnv) => Topic> = {
  'exit-codes': () => ({
    about:
      'Exit codes, and what a script may conclude from each. With --wait or --watch, a message that is not delivered exits with 1. In a bulk, 3 and 4 mean that nothing more was sent; the error says how many were.',
    pairs: Object.entries(exits).map(([kind, { code, means }]) => [`${code} ${kind}`, means]),
  }),
  statuses: () => ({
    about:
      'What each status means. A message can also be in doubt (`inDoubt`, `--status in-doubt`), when its request may have been accepted and there is no proof either way: `qlara status ID` asks the gateway again, `qlara resolve` settles it by hand.',
    pairs: statuses.map((status) => [status, statusMeanings[status]]),
  }),
  dialects: () => ({
    about:
      'The gateway has two generations behind one address; each account speaks one of them. `qlara login` finds out which; `qlara profile set dialect NAME`, QLARA_DIALECT or --dialect sets it. An error in the words of the other names the command that mends it.',
    pairs: dialectNames.map((name) => [name, dialectMeanings[name] ?? '']),
  }),
  terms: () => ({
    about: 'Terms used in help and messages.',
    pairs: [
      ['ledger', 'durable record of messages, bulks, opt-outs and events; one per profile'],
      ['bulk', 'one send of many rows; it has an id and can be resumed'],
      ['attempt', 'one channel tried for a message; a fallback chain has several'],
      ['part', 'one SMS of a long message; each part is paid for'],
      ['GSM-7', 'SMS encoding of common characters; 160 fit in one part, 153 in each of several'],
      ['UCS-2', 'SMS encoding of all other characters; 70 fit in one part, 67 in each of several'],
      ['template', 'message text with placeholders that RCS carriers or Meta approve in advance'],
      ['opt-out', 'a number that receives no messages, on any channel'],
      ['in doubt', 'the request may have been accepted; there is no proof either way'],
      ['sandbox', 'embedded gateway; it runs on this machine and sends nothing'],
    ],
  }),
  environment: () => ({
    about: 'A flag overrides the environment, the environment the profile, the profile the default.',
    pairs: [
      ['QLARA_API_KEY', 'API key of the gateway'],
      ['QLARA_USERNAME, QLARA_PASSWORD', 'Basic credentials instead of a key'],
      ['QLARA_PROFILE', 'same as --profile'],
      ['QLARA_BASE_URL', 'same as --base-url'],
      ['QLARA_DIALECT', 'same as --dialect'],
      ['QLARA_OUTPUT', 'same as --output'],
      [
        'QLARA_LEDGER',
        'PostgreSQL database of the ledger, as postgres://user@host/database; machines can share it',
      ],
      [
        'PGHOST, PGPASSWORD, PGSSLMODE...',
        'what that URL does not say, as for psql; passwords are also read from ~/.pgpass',
      ],
      ['QLARA_STATE_DIR', 'folder of the ledgers'],
      ['QLARA_CONFIG_DIR', 'folder of config.json and credentials.json'],
      ['QLARA_KEYCHAIN', '`off` stores keys in a file instead of the system keychain'],
      ['QLARA_SANDBOX_SPEED', 'how many times faster --sandbox delivers messages'],
      ['NO_COLOR, FORCE_COLOR, CLICOLOR_FORCE', 'disable or force color; --color overrides them'],
      ['HTTPS_PROXY, HTTP_PROXY, ALL_PROXY', 'HTTP proxies, as for curl; in lower case too'],
      ['NO_PROXY', 'hosts and networks to reach without a proxy'],
      ['NODE_EXTRA_CA_CERTS', 'file of additional certificates to trust'],
    ],
  }),
  formats: () => ({
    about: 'Data goes to stdout, everything else to stderr.',
    pairs: [
      ['table', 'for reading; when piped: tab-separated, nothing truncated, ISO times'],
      ['json', 'one document, always an array of rows'],
      ['ndjson', 'one row per line, as it happens; with --wait or --watch, a line for each change'],
      ['csv', 'header and one row per message, RFC 4180; cells that look like formulas are made harmless'],
    ],
  }),
  files: (env) => ({
    about:
      'All files are created with mode 0600. The ledger holds message texts, but no secrets: those are in the system keychain, or in credentials.json where there is none.',
    pairs: [
      [`${resolveFolders(env).config}/config.json`, 'settings of the profiles'],
      [
        `${resolveFolders(env).config}/credentials.json`,
        'which profiles have a key in the keychain; the keys themselves where there is none',
      ],
      [
        `${resolveFolders(env).state}/PROFILE.db`,
        'ledger of a profile: every message and its history; with QLARA_LEDGER or `qlara profile set ledger URL` it is in a PostgreSQL database',
      ],
      [
        `${resolveFolders(env).config}/ledgers/`,
        'marker of each ledger, to recognize a copy or a restored backup',
      ],
      [`${resolveFolders(env).state}/gateways.json`, 'status endpoints and rate limits of the gateways used'],
      [
        `${resolveFolders(env).state}/templates-PROFILE.json`,
        'templates of the gateway, cached for five minutes',
      ],
      [`${resolveFolders(env).state}/sandbox.gateway.db`, 'messages the sandbox has accepted'],
    ],
  }),
  sandbox: () => ({
    about:
      'With --sandbox, or QLARA_PROFILE=sandbox, an embedded gateway answers on this machine and sends nothing anywhere. `qlara sandbox` serves the same gateway to any client, in both dialects: a body with `destination` is of the platform’s, any other of the partner’s, and --strict takes one of them only. Keys `invalid` and `forbidden` are refused. The balance falls with each accepted part of an SMS, RCS or WhatsApp message, and --credit sets what it began with. Templates 7, 8, 9 and 12 (RCS), 42 and 43 (WhatsApp) are for the platform’s dialect, template_123 and template_456 for the partner’s. The last four digits of a destination select the outcome:',
    pairs: [
      ...Object.entries(scenarios).map(([digits, { summary }]) => [digits, summary] as const),
      ['any other', 'delivered; on WhatsApp and RCS then read'],
    ],
  }),
};
