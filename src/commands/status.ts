import { findBulk } from '../actions/find-bulk.ts';
import { command } from '../app/command.ts';
import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { Failure, fail } from '../errors.ts';
import type { Values } from '../input/flag.ts';
import {
  bulk,
  channel,
  interval,
  limit,
  refresh as refreshing,
  since,
  status,
  timeout,
  wait,
  watch,
} from '../input/flags.ts';
import { type Delivery, isInDoubt, statusOf } from '../message/delivery.ts';
import type { StatusFilter } from '../message/event.ts';
import { parseMessageId } from '../message/id.ts';
import { untrackedMessage, withUntracked } from '../services/foreign-message.ts';
import { isPending, refresh, track } from '../services/track.ts';
import { show } from '../views/deliveries.ts';
import { deliveryColumns } from '../views/delivery-columns.ts';
import { exitKindOf, failInDoubt, reportUnfinished } from '../views/exit-status.ts';
import type { Select } from '../views/view.ts';

const flags = { watch, wait, interval, timeout, refresh: refreshing, status, channel, since, bulk, limit };

type Asked = Values<typeof flags>;

/** How many of the latest messages are shown when nothing is said. */
const latest = 20;

/** More messages than this are not asked about without a word: they take ten requests and more. */
const manyOpen = 1_000;

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
  ],
  async run(values, context, ids) {
    const follow = values.wait || values.watch;
    if (follow && !values.refresh)
      fail('usage', 'refresh.needed', '--no-refresh and --wait exclude each other', 'use only one');
    const found = ids.length > 0 ? await named(ids, values, context) : await listed(values, context);
    const operands = ids.map((id) => ` ${id}`).join('');
    context.setResumeHint(`\`qlara status${repeatFlags(context)}${operands} --watch\` continues watching`);
    const problem: { failure?: Failure } = {};
    const manner = { each: follow, live: values.watch, detailed: ids.length > 0 };
    const deliveries = await show(
      looking(found, values, context, problem),
      manner,
      context,
      selection(values),
    );
    if (ids.length > 0 && deliveries.some(isInDoubt)) failInDoubt(deliveries, context);
    if (problem.failure) throw problem.failure;
    if (!follow) return 'ok';
    const end = exitKindOf(deliveries, !context.outputClosed());
    if (end === 'doubt') failInDoubt(deliveries, context);
    return end === 'pending' ? reportUnfinished(deliveries, context) : end;
  },
});

/** Messages known here, and guests that only the gateway knows. */
interface Found {
  own: Delivery[];
  guests: Delivery[];
}

/** Those with these ids, ours or the gateway's. @throws Failure `message.unknown`, `message.bulk` */
async function named(ids: readonly string[], values: Asked, context: Context): Promise<Found> {
  const ledger = await context.ledger();
  const found: Found = { own: [], guests: [] };
  for (const id of new Set(ids)) {
    const own = await ledger.find(parseMessageId(id));
    if (own === undefined && (await ledger.bulks.find(id)))
      fail(
        'usage',
        'message.bulk',
        `${id} is a bulk, not a message`,
        `\`qlara bulk show ${id}${repeatFlags(context)}\` shows it`,
      );
    const stranger =
      own === undefined && values.refresh ? await untrackedMessage(id, await context.deps()) : undefined;
    if (own) found.own.push(own);
    else if (stranger) found.guests.push(stranger);
    else
      fail(
        'usage',
        'message.unknown',
        `no message ${id} in the ledger${values.refresh ? ' or at the gateway' : ''}`,
        values.refresh
          ? 'was it sent with another --profile, or with --sandbox?'
          : 'remove --no-refresh to ask the gateway too',
      );
  }
  return found;
}

/** Those that the flags select; to be followed, only those that are on their way. */
async function listed(
  { channel, since, bulk: named, status, limit, refresh, wait, watch }: Asked,
  context: Context,
): Promise<Found> {
  const ledger = await context.ledger();
  const follow = wait || watch;
  const forEyes = context.settings.format === 'table';
  const bulk = named === undefined ? undefined : (await findBulk(named, context)).id;
  // Of a bulk there may be a million, and they have a command that shows them all.
  const narrow =
    status.length > 0 ||
    (since !== undefined && bulk === undefined) ||
    follow ||
    (bulk !== undefined && !forEyes);
  const own = await ledger.list({
    channel,
    since,
    bulk,
    statuses: status.length > 0 ? status : undefined,
    // What is on its way may have come to a status that was asked for; the gateway will tell.
    ...(refresh && { orOpen: true }),
    ...(follow && { open: true }),
    // Of those that may come to a status that was asked for nobody knows yet how many will.
    limit: status.length > 0 && refresh ? undefined : (limit ?? (narrow ? undefined : latest)),
  });
  if (bulk !== undefined && !narrow && limit === undefined) await tellOfMore(bulk, own.length, context);
  return { own, guests: [] };
}

/** Says so where these are not all of a bulk. */
async function tellOfMore(id: string, shown: number, context: Context): Promise<void> {
  const found = await (await context.ledger()).bulks.find(id);
  if (found === undefined || found.rows <= shown) return;
  context.notices.info(
    `the newest ${shown} of ${found.rows.toLocaleString('en')} messages: \`qlara bulk show ${id}${repeatFlags(context)}\` summarizes all, --limit shows more`,
  );
}

/** Of the messages, once the gateway was asked, those to print. */
function selection({ status, limit }: Asked): Select {
  return (deliveries) => {
    const selected =
      status.length > 0 ? deliveries.filter((delivery) => isSelected(delivery, status)) : deliveries;
    return limit === undefined ? selected : selected.slice(0, limit);
  };
}

function isSelected(delivery: Delivery, filters: readonly StatusFilter[]): boolean {
  return filters.includes(statusOf(delivery)) || (filters.includes('in-doubt') && isInDoubt(delivery));
}

/** The messages as known here, then as the gateway tells; what hinders asking is kept for the end. */
async function* looking(
  { own, guests }: Found,
  values: Asked,
  context: Context,
  problem: { failure?: Failure },
): AsyncGenerator<Delivery[]> {
  const found = [...own, ...guests];
  yield found;
  const open = found.filter(isPending);
  if (!values.refresh || open.length === 0) return;
  if (open.length > manyOpen)
    context.notices.info(
      `asking the gateway about ${open.length.toLocaleString('en')} messages; --no-refresh shows recorded data only`,
    );
  try {
    const tools = withUntracked(await context.deps(), guests);
    if (!values.wait && !values.watch) return yield await refresh(open, tools);
    yield* track(
      open,
      values.interval,
      context.clock.monotonic() + values.timeout,
      tools,
      () => !context.outputClosed(),
    );
  } catch (cause) {
    if (!(cause instanceof Failure) || (cause.kind !== 'gateway' && cause.kind !== 'setup')) throw cause;
    problem.failure = cause;
  }
}
