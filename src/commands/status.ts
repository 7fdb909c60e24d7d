import { type ExitKind, Failure, fail } from '../errors.ts';
import { learnt } from '../flow/settle.ts';
import type { Tools } from '../flow/tools.ts';
import { isOpen, refresh, track } from '../flow/track.ts';
import type { Values } from '../input/field.ts';
import {
  bulk,
  channel,
  interval,
  limit,
  only,
  refresh as refreshing,
  since,
  timeout,
  wait,
  watch,
} from '../input/fields.ts';
import { begun, type Delivery, fold, statusOf } from '../message/delivery.ts';
import { messageId } from '../message/id.ts';
import type { Phone } from '../message/phone.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { deliveryColumns } from './delivery-columns.ts';
import { endOf, unfinished } from './end.ts';
import { show } from './show.ts';

const fields = { watch, wait, interval, timeout, refresh: refreshing, only, channel, since, bulk, limit };

type Asked = Values<typeof fields>;

/** How many of the latest messages are shown when nothing is said. */
const latest = 20;

export default command({
  fields,
  operands: {
    placeholder: 'ID',
    summary: 'ids, ours or the gateway’s; none: the latest messages',
    many: true,
  },
  columns: deliveryColumns,
  examples: [
    ['The latest messages', 'status'],
    ['Watch one until it has arrived', 'status 0193b2c4-7f1e-7c3a-9d2b-5e8f1a2b3c4d --watch'],
    [
      'What failed today, for a script',
      'status --since 24h --only undelivered,expired,rejected --output csv',
    ],
  ],
  async run(values, context, ids) {
    const found = ids.length > 0 ? await named(ids, values, context) : await listed(values, context);
    const follow = values.wait || values.watch;
    if (follow && !values.refresh)
      fail('usage', 'refresh.needed', '--no-refresh and --wait exclude each other', 'leave one of them away');
    context.howToGoOn(
      `\`qlara status${context.settings.sandbox ? ' --sandbox' : ''} --watch\` goes on watching`,
    );
    const problem: { failure?: Failure } = {};
    const deliveries = await show(
      looking(found, values, context, problem),
      { each: follow, live: values.watch },
      context,
      narrowed(values),
    );
    if (problem.failure) throw problem.failure;
    if (!follow) return 'ok';
    const end: ExitKind = endOf(deliveries, true);
    if (end === 'pending') unfinished(deliveries, context);
    return end;
  },
});

/** Those of `ids` that are known here or to the gateway. @throws Failure `message.unknown` for any other */
async function named(ids: readonly string[], values: Asked, context: Context): Promise<Delivery[]> {
  const ledger = await context.ledger();
  const found = new Map<string, Delivery>();
  for (const id of ids) {
    const delivery =
      (await ledger.find(messageId(id))) ??
      (values.refresh ? await foreign(id, await context.tools()) : undefined);
    if (delivery === undefined)
      fail(
        'usage',
        'message.unknown',
        `no message ${id} is known ${values.refresh ? 'here or to the gateway' : 'here'}`,
        values.refresh
          ? 'was it sent with another profile? see --profile and --sandbox'
          : 'leave --no-refresh away to ask the gateway',
      );
    found.set(delivery.plan.id, delivery);
  }
  return [...found.values()];
}

/** A message sent from elsewhere, as far as the gateway tells; it is shown, not kept. */
async function foreign(id: string, { gateway, clock }: Tools): Promise<Delivery | undefined> {
  const known = (await gateway.status([id])).get(id);
  if (known === undefined) return undefined;
  const chain = [known.receipt.channel ?? 'sms'] as const;
  const message = { chain, text: null, template: null, variables: {}, sender: null, simulation: false };
  const unsent = begun({ id, to: (known.to ?? '') as Phone, message }, clock.now());
  return learnt(unsent, known).reduce(fold, unsent);
}

async function listed(values: Asked, context: Context): Promise<Delivery[]> {
  const ledger = await context.ledger();
  const { channel, since, bulk } = values;
  // Statuses are compared after the gateway was asked: what was `sent` here may be `delivered` by now.
  const statuses = values.only.length > 0 && !values.refresh ? values.only : undefined;
  const narrow =
    values.only.length > 0 || since !== undefined || bulk !== undefined || values.wait || values.watch;
  const most = values.limit ?? (narrow ? undefined : latest);
  return (await ledger.list({ channel, since, bulk, statuses, limit: most })).reverse();
}

/** Which of the messages to print, once the gateway was asked. */
function narrowed({ only }: Asked): (delivery: Delivery) => boolean {
  return (delivery) => only.length === 0 || only.includes(statusOf(delivery));
}

/** The messages as known here, then as the gateway tells; what hinders asking is kept for the end. */
async function* looking(
  found: Delivery[],
  values: Asked,
  context: Context,
  problem: { failure?: Failure },
): AsyncGenerator<Delivery[]> {
  yield found;
  const open = found.filter(isOpen);
  if (!values.refresh || open.length === 0) return;
  try {
    const tools = await context.tools();
    if (values.wait || values.watch)
      yield* track(open, values.interval, context.clock.now() + values.timeout, tools);
    else yield await refresh(open, tools);
  } catch (cause) {
    if (!(cause instanceof Failure) || (cause.kind !== 'gateway' && cause.kind !== 'setup')) throw cause;
    problem.failure = cause;
  }
}
