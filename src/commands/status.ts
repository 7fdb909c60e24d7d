import { findBulk } from '../actions/find-bulk.ts';
import { listHistory } from '../actions/list-history.ts';
import { noteZone } from '../actions/note-zone.ts';
import { command } from '../app/command.ts';
import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { type ExitKind, Failure, fail } from '../errors.ts';
import type { Values } from '../input/flag.ts';
import {
  bulk,
  channel,
  history,
  interval,
  limit,
  refresh as refreshing,
  since,
  status,
  timeout,
  until,
  wait,
  watch,
} from '../input/flags.ts';
import { type Delivery, isInDoubt, statusOf } from '../message/delivery.ts';
import type { StatusFilter } from '../message/event.ts';
import { parseMessageId } from '../message/id.ts';
import { pickColumns } from '../output/columns.ts';
import { untrackedMessage, withUntracked } from '../services/foreign-message.ts';
import { isPending, refresh, track, trackedMessages } from '../services/track.ts';
import { show } from '../views/deliveries.ts';
import { deliveryColumns } from '../views/delivery-columns.ts';
import { failInDoubt, failUnfinished, getExitKind } from '../views/exit-status.ts';
import type { Select } from '../views/view.ts';

const flags = {
  wait,
  watch,
  interval,
  timeout,
  refresh: refreshing,
  status,
  channel,
  since,
  until,
  bulk,
  limit,
  history,
};

type FlagValues = Values<typeof flags>;

const defaultLimit = 20;

/** Number of open messages above which a note says that asking takes time: ten requests or more. */
const maxOpenWithoutNote = 1_000;

export default command({
  flags,
  operands: {
    placeholder: 'ID',
    summary: 'message ids or gateway ids (default: the latest messages)',
    many: true,
    known: 'ids',
  },
  columns: deliveryColumns,
  examples: [
    ['Show the latest messages', 'status'],
    ['Watch a message until it is final', 'status 0193b2c4-7f1e-7c3a-9d2b-5e8f1a2b3c4d --watch'],
    [
      'Export the messages of the last 24 hours that failed',
      'status --since 24h --status undelivered,expired,rejected --output csv',
    ],
    ['List what the account sent by SMS from any program', 'status --history --since 7d --channel sms'],
  ],
  notes:
    '--history lists what the account sent on the last day, or from --since to --until, also from other programs, and records what it tells of the messages in the ledger. Without ids, --wait and --watch follow the open messages that the filters select.',
  async run(values, context, ids) {
    const follow = values.wait || values.watch;
    if (follow && !values.refresh)
      fail(
        'usage',
        'refresh.needed',
        '--no-refresh and --wait cannot be used together',
        'use only one of them',
      );
    if (values.history) return showHistory(values, context, ids);
    if (values.until !== undefined)
      fail('usage', 'history.needed', '--until needs --history', 'add --history, or remove --until');
    const found =
      ids.length > 0 ? await findByIds(ids, values, context) : await findByFilters(values, context);
    const operands = ids.map((id) => ` ${id}`).join('');
    context.setResumeHint(`\`qlara status${repeatFlags(context)}${operands} --watch\` continues watching`);
    const problem: { failure?: Failure } = {};
    const options = { each: follow, live: values.watch, detailed: ids.length > 0 };
    const deliveries = await show(
      loadAndFollow(found, values, context, problem),
      options,
      context,
      buildSelect(values),
    );
    if (ids.length > 0 && deliveries.some(isInDoubt)) failInDoubt(deliveries, context);
    if (problem.failure) throw problem.failure;
    if (!follow) return 'ok';
    const end = getExitKind(deliveries, !context.outputClosed());
    if (end === 'doubt') failInDoubt(deliveries, context);
    return end === 'pending' ? failUnfinished(deliveries, context) : end;
  },
});

/** Shows the gateway's history. @throws Failure `history.alone`, and as `listHistory` */
async function showHistory(values: FlagValues, context: Context, ids: readonly string[]): Promise<ExitKind> {
  const others = Object.entries({
    'message ids': ids.length > 0,
    '--wait': values.wait,
    '--watch': values.watch,
    '--bulk': values.bulk !== undefined,
    '--no-refresh': !values.refresh,
  });
  const [other] = others.find(([, isGiven]) => isGiven) ?? [];
  if (other !== undefined)
    fail('usage', 'history.alone', `--history and ${other} cannot be used together`, 'use only one of them');
  const selection = {
    channel: values.channel,
    since: noteZone('since', values.since, context),
    until: noteZone('until', values.until, context),
  };
  pickColumns(deliveryColumns, context.settings.columns);
  context.notices.startSpinner('asking the gateway');
  const found = await listHistory(selection, context);
  async function* once(): AsyncGenerator<Delivery[]> {
    yield found;
  }
  await show(once(), { each: false, live: false, detailed: false }, context, buildSelect(values));
  return 'ok';
}

/** Messages in the ledger, and messages that only the gateway knows. */
interface Found {
  own: Delivery[];
  untracked: Delivery[];
}

/** Finds messages by message id or gateway id. @throws Failure `message.unknown`, `message.bulk` */
async function findByIds(ids: readonly string[], values: FlagValues, context: Context): Promise<Found> {
  const ledger = await context.ledger();
  const found: Found = { own: [], untracked: [] };
  for (const id of new Set(ids)) {
    const own = await ledger.find(parseMessageId(id));
    if (own === undefined && (await ledger.bulks.find(id)))
      fail(
        'usage',
        'message.bulk',
        `${id} is a bulk, not a message`,
        `\`qlara bulk show ${id}${repeatFlags(context)}\` shows it`,
      );
    const untracked =
      own === undefined && values.refresh ? await untrackedMessage(id, await context.deps()) : undefined;
    if (own) found.own.push(own);
    else if (untracked) found.untracked.push(untracked);
    else
      fail(
        'usage',
        'message.unknown',
        `no message ${id} in the ledger${values.refresh ? ' or at the gateway' : ''}`,
        values.refresh
          ? context.settings.sandbox
            ? 'was it sent without --sandbox?'
            : 'was it sent with another --profile, or with --sandbox?'
          : 'remove --no-refresh to ask the gateway too',
      );
  }
  return found;
}

/**
 * Finds the messages that the flags select. If they are to be followed, only open ones, whose status is selected now.
 */
async function findByFilters(
  { channel, since: sinceTime, bulk: named, status, limit, refresh, wait, watch }: FlagValues,
  context: Context,
): Promise<Found> {
  const since = noteZone('since', sinceTime, context);
  const ledger = await context.ledger();
  const follow = wait || watch;
  const isTable = context.settings.format === 'table';
  const bulk = named === undefined ? undefined : (await findBulk(named, context)).id;
  // A bulk may have a million messages, and `bulk show` lists them all.
  const narrow =
    status.length > 0 ||
    (since !== undefined && bulk === undefined) ||
    follow ||
    (bulk !== undefined && !isTable);
  const own = await ledger.list({
    channel,
    since,
    bulk,
    statuses: status.length > 0 ? status : undefined,
    // Open messages may have reached a selected status since; the gateway will tell.
    ...(refresh && !follow && { orOpen: true }),
    ...(follow && { open: true }),
    // The limit is applied after asking: before, it is not known which messages will match.
    limit:
      status.length > 0 && refresh && !follow ? undefined : (limit ?? (narrow ? undefined : defaultLimit)),
  });
  if (follow && own.length === 0) context.notices.info('no open messages');
  if (bulk !== undefined && !narrow && limit === undefined) await noteMore(bulk, own.length, context);
  return { own, untracked: [] };
}

/** Notes that only a part of a bulk is shown. */
async function noteMore(id: string, shown: number, context: Context): Promise<void> {
  const found = await (await context.ledger()).bulks.find(id);
  if (found === undefined || found.rows <= shown) return;
  context.notices.info(
    `the newest ${shown} of ${found.rows.toLocaleString('en')} messages: \`qlara bulk show ${id}${repeatFlags(context)}\` summarizes all, --limit shows more`,
  );
}

/** Selects the messages to print, once the gateway was asked. */
function buildSelect({ status, limit, wait, watch }: FlagValues): Select {
  // Those to follow are selected before.
  if (wait || watch) return (deliveries) => deliveries;
  return (deliveries) => {
    const selected =
      status.length > 0 ? deliveries.filter((delivery) => isSelected(delivery, status)) : deliveries;
    return limit === undefined ? selected : selected.slice(0, limit);
  };
}

function isSelected(delivery: Delivery, filters: readonly StatusFilter[]): boolean {
  return filters.includes(statusOf(delivery)) || (filters.includes('in-doubt') && isInDoubt(delivery));
}

/** Yields the messages from the ledger, then as the gateway reports them. Stores a failure in `problem` for the end. */
async function* loadAndFollow(
  { own, untracked }: Found,
  values: FlagValues,
  context: Context,
  problem: { failure?: Failure },
): AsyncGenerator<Delivery[]> {
  const found = [...own, ...untracked];
  yield found;
  const open = found.filter(isPending);
  if (!values.refresh || open.length === 0) return;
  if (open.length > maxOpenWithoutNote)
    context.notices.info(
      `asking the gateway about ${open.length.toLocaleString('en')} messages; --no-refresh shows recorded data only`,
    );
  try {
    const deps = withUntracked(await context.deps(), untracked);
    if (!values.wait && !values.watch) return yield await refresh(open, deps);
    const options = {
      intervalMs: values.interval,
      deadline: deps.clock.monotonic() + values.timeout,
      isWanted: () => !context.outputClosed(),
    };
    yield* track(trackedMessages(open, deps), options, deps);
  } catch (cause) {
    if (!(cause instanceof Failure) || (cause.kind !== 'gateway' && cause.kind !== 'setup')) throw cause;
    problem.failure = cause;
  }
}
