import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import { nameFlag } from '../input/flag.ts';
import type { Mapping, RowFieldName } from '../input/rows/columns.ts';
import { atMostOne } from '../input/text.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import type { MessageInput } from '../message/compose.ts';
import type { Overrides } from '../message/message.ts';
import { type Country, type Phone, parsePhone } from '../message/phone.ts';
import type { MessageRules } from '../message/rules.ts';
import { pluralize } from '../output/units.ts';
import { readMessageInput } from './message-input.ts';
import type { SendFlags } from './send-flags.ts';

/** One send, read from flags, the wizard's answers and the profile. Nothing below it knows flags. */
export interface SendRequest {
  input: MessageInput;
  recipients: Recipients;
  options: SendOptions;
}

export type Recipients =
  | { kind: 'numbers'; numbers: readonly Phone[]; id: string | undefined }
  | ({ kind: 'file' } & FileRecipients);

/** The rows of a file, one message each. */
export interface FileRecipients {
  /** A path, or `-` for standard input. */
  path: string;
  mappings: readonly Mapping[];
  /** The country of numbers without a country code. */
  country: Country | undefined;
  /** Fields that hold for all rows, so no column is read for them. */
  commonFields: readonly RowFieldName[];
  allowDuplicates: boolean;
  skipInvalid: boolean;
  name: string | null;
  /** Messages a second; null for the limits of the account. */
  rate: number | null;
  concurrency: number;
}

export interface SendOptions {
  overrides: Overrides | undefined;
  checksTemplate: boolean;
  dryRun: boolean;
  /** True to wait until every message is final; `watch` also shows each change. */
  wait: boolean;
  watch: boolean;
  /** Maximum time to wait, in milliseconds. */
  timeout: number;
  /** True if no confirmation is needed. */
  yes: boolean;
}

/**
 * Builds the request that flags describe, on the channel that the message enters at. Reads standard input and the file of
 * values where they are named.
 * @throws Failure of kind `usage`
 */
export async function buildRequest(
  channel: ChannelName,
  flags: SendFlags,
  context: Context,
): Promise<SendRequest> {
  const path = atMostOne(flags.file, 'file', '--file');
  refuseStdinTwice(path, flags);
  refuseWaiting(flags);
  const input = {
    channel,
    fallback: flags.fallback ?? false,
    ...(await readMessageInput(channel, flags, context)),
  };
  return {
    input,
    recipients:
      path === undefined
        ? { kind: 'numbers', numbers: await readNumbers(flags, context), id: flags.id }
        : {
            kind: 'file',
            ...(await readFileRecipients(path, input, flags, await context.messageRules(), context)),
          },
    options: {
      overrides: readOverrides(flags),
      checksTemplate: flags.templateCheck ?? false,
      dryRun: flags.dryRun,
      wait: flags.wait,
      watch: flags.watch,
      timeout: flags.timeout,
      yes: flags.yes,
    },
  };
}

/** Refuses to wait for a message that is planned for later. @throws Failure `at.wait` */
export function refuseWaiting({ at, wait, watch }: Pick<SendFlags, 'at' | 'wait' | 'watch'>): void {
  if (at !== undefined && (wait || watch))
    fail(
      'usage',
      'at.wait',
      `--at and --${watch ? 'watch' : 'wait'} cannot be used together`,
      'send it, and ask later: `qlara status`',
    );
}

/** Returns the blocks that flags override; undefined where they override none. */
export function readOverrides({
  force,
  overrideOptOut = force,
  ignoreWindow = force,
}: Partial<Pick<SendFlags, 'force' | 'overrideOptOut' | 'ignoreWindow'>>): Overrides | undefined {
  if (overrideOptOut === undefined && ignoreWindow === undefined) return undefined;
  return {
    ...(overrideOptOut !== undefined && { optOut: overrideOptOut }),
    ...(ignoreWindow !== undefined && { window: ignoreWindow }),
  };
}

/** Returns the destinations, each once. */
async function readNumbers(
  { to, id, country, map, rate, name, skipInvalid, allowDuplicates }: SendFlags,
  { settings, notices }: Context,
): Promise<Phone[]> {
  const fileFlags = [
    ...(map.length > 0 ? ['--map'] : []),
    ...(rate === undefined ? [] : ['--rate']),
    ...(name === undefined ? [] : ['--name']),
    ...(skipInvalid ? ['--skip-invalid'] : []),
    ...(allowDuplicates ? ['--allow-duplicates'] : []),
  ];
  if (fileFlags.length > 0)
    fail(
      'usage',
      'file.missing',
      `${fileFlags.join(' and ')} can only be used with --file`,
      'add --file PATH',
    );
  if (to.length === 0) fail('usage', 'to.missing', '--to is missing', 'for example: --to +393901234567');
  const numbers = await Promise.all(
    to.map((one) => nameFlag('--to', () => parsePhone(one, country ?? settings.country))),
  );
  const unique = [...new Set(numbers)];
  if (id !== undefined && unique.length > 1)
    fail(
      'usage',
      'id.many',
      `--id cannot be used with ${unique.length} destinations`,
      'send to one destination at a time',
    );
  const repeated = numbers.length - unique.length;
  if (repeated > 0) notices.info(`note: ${pluralize(repeated, 'repeated destination')} left out`);
  return unique;
}

async function readFileRecipients(
  path: string,
  input: MessageInput,
  flags: SendFlags,
  rules: MessageRules,
  { settings }: Context,
): Promise<FileRecipients> {
  if (flags.to.length > 0)
    fail('usage', 'to.twice', '--file and --to cannot be used together', 'use only one of them');
  if (flags.id !== undefined)
    fail('usage', 'id.many', '--id cannot be used with --file', 'add a column `id` to the file');
  const { listCommonFields } = await import('./common-fields.ts');
  return {
    path,
    mappings: flags.map,
    country: flags.country ?? settings.country,
    commonFields: listCommonFields(input, flags, rules),
    allowDuplicates: flags.allowDuplicates,
    skipInvalid: flags.skipInvalid,
    name: flags.name ?? null,
    rate: flags.rate ?? null,
    concurrency: flags.concurrency,
  };
}

function refuseStdinTwice(path: string | undefined, { message, variablesFile, content }: SendFlags): void {
  const readers = [
    ...(path === '-' ? ['--file'] : []),
    ...(message.includes('-') ? ['--message'] : []),
    ...(variablesFile === '-' ? ['--vars-file'] : []),
    ...(content === '-' ? ['--content'] : []),
  ];
  if (readers.length > 1)
    fail(
      'usage',
      'stdin.twice',
      `${readers.join(' and ')} cannot both read standard input`,
      'use a file for one of them',
    );
}
