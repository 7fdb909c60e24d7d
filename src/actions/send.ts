import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { type ExitKind, type Failure, fail } from '../errors.ts';
import { atMostOne } from '../input/text.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import type { Delivery } from '../message/delivery.ts';
import { isSameSend, type Message, type Plan } from '../message/message.ts';
import type { Deps } from '../services/deps.ts';
import { type DeliveryStep, deliver, reusedId } from '../services/dispatch/deliver.ts';
import { show } from '../views/deliveries.ts';
import { showDryRun } from '../views/dry-run.ts';
import { exitKindOf, failInDoubt, reportUnfinished } from '../views/exit-status.ts';
import { composeMessage, isComplete, pickVariables, readDestinations } from './compose.ts';
import { canPrompt } from './confirm.ts';
import { explainWindow, refuseUnwanted } from './recipient-guard.ts';
import type { ContentFlags, SendFlags } from './send-options.ts';

/** How often the gateway is asked while one looks on, in milliseconds. */
const interval = 1_000;

/**
 * Sends one message to each destination. What is left open is asked for where somebody sits at a terminal, and
 * an error elsewhere.
 */
export async function send(
  channel: ChannelName | undefined,
  values: SendFlags & ContentFlags,
  context: Context,
): Promise<ExitKind> {
  const path = atMostOne(values.file, 'file', '--file');
  if (path !== undefined) {
    const { sendFile } = await import('./send-file.ts');
    return sendFile(channel ?? unnamed(), path, values, context);
  }
  refuseAlone(values);
  const draft = { channel, values };
  if (isComplete(draft) || !canPrompt(context)) return sendComplete(channel ?? unnamed(), values, context);
  const { guided } = await import('./wizard/send.ts');
  const complete = await guided(draft, context);
  if (complete) return sendComplete(complete.channel, complete.values, context);
  context.notices.info('nothing was sent');
  return 'ok';
}

/** What is said of a file, without one. */
function refuseAlone({ map, rate, name, skipInvalid, allowDuplicates }: SendFlags): void {
  const alone = [
    ...(map.length > 0 ? ['--map'] : []),
    ...(rate === undefined ? [] : ['--rate']),
    ...(name === undefined ? [] : ['--name']),
    ...(skipInvalid ? ['--skip-invalid'] : []),
    ...(allowDuplicates ? ['--allow-duplicates'] : []),
  ];
  if (alone.length > 0)
    fail('usage', 'file.missing', `${alone.join(' and ')} is for the rows of a file`, 'name it: --file PATH');
}

function unnamed(): never {
  return fail(
    'usage',
    'channel.missing',
    'no channel is named',
    'use `qlara send sms`, `send rcs` or `send whatsapp`, or --fallback to try all three',
  );
}

/** Sends what is complete, by the channel it enters at. */
async function sendComplete(
  channel: ChannelName,
  values: SendFlags & ContentFlags,
  context: Context,
): Promise<ExitKind> {
  const { message: whole, placeholders } = await composeMessage(channel, values, context);
  let message = whole;
  const destinations = await readDestinations(values, context);
  if (values.id !== undefined && destinations.length > 1)
    fail(
      'usage',
      'id.many',
      `one --id cannot stand for ${destinations.length} messages`,
      'give --id with one destination',
    );
  const plansFor = (message: Message) =>
    destinations.map(
      (to): Plan => ({
        id: values.id ?? context.newId(),
        to,
        message,
        ...(values.force !== undefined && { overrideReason: values.force }),
      }),
    );
  const known = values.id === undefined ? undefined : await knownAs(values.id, context);
  const [first] = plansFor(message);
  if (known && first && !isSameSend(first, known.plan)) throw reusedId(first.id);
  if (values.dryRun) return dryRun(plansFor(message), values.id, context);

  const tools = await context.deps();
  // What was sent before is only shown again.
  const isNew = known === undefined;
  if (isNew || known.phase === 'queued') await refuseUnwanted(plansFor(message), tools.ledger, context);
  if (message.template !== null && values.check && isNew) {
    const { checkTemplate } = await import('./template-check.ts');
    const wanted = await checkTemplate(message.template, message, placeholders, context);
    if (wanted) message = pickVariables(message, wanted);
  }
  const plans = plansFor(message);
  const follow = values.wait || values.watch;
  const [only] = plans.length === 1 ? plans : [];
  context.setResumeHint(
    `\`qlara status${repeatFlags(context)}${only ? ` ${only.id}` : ''}\` shows what became of it`,
  );
  const problems: Failure[] = [];
  const deadline = context.clock.monotonic() + values.timeout;
  const changes = sending(plans, { tools, problems, context, ...(follow && { deadline }) });
  const deliveries = await show(changes, { each: follow, live: values.watch, detailed: false }, context);
  return conclude(deliveries, problems, follow, context);
}

/** The message that was recorded under an id of ours; undefined where there is none. */
async function knownAs(id: string, context: Context): Promise<Delivery | undefined> {
  const known = await (await context.ledgerIfAny())?.find(id);
  return known?.plan.id === id ? known : undefined;
}

interface Sending {
  tools: Deps;
  problems: Failure[];
  context: Context;
  /** Until when to follow the messages; absent: not at all. */
  deadline?: number;
}

/** Hands over and follows; problems are collected aside, so that every message is seen to its end. */
async function* sending(
  plans: readonly Plan[],
  { tools, problems, context, deadline }: Sending,
): AsyncGenerator<Delivery[]> {
  const last = new Map<string, Delivery>();
  for await (const step of deliver(plans, tools)) {
    last.set(step.delivery.plan.id, step.delivery);
    if (step.problem && !problems.includes(step.problem)) problems.push(step.problem);
    remark(step, plans, context);
    yield [step.delivery];
  }
  if (deadline === undefined || context.outputClosed()) return;
  const { isPending, track } = await import('../services/track.ts');
  const open = [...last.values()].filter(isPending);
  if (open.length === 0) return;
  yield* track(open, interval, deadline, tools, () => !context.outputClosed());
}

/** What a person should know besides the row. */
function remark(
  { delivery, repeated }: DeliveryStep,
  plans: readonly Plan[],
  { notices: { info } }: Context,
): void {
  const asked = plans.find(({ id }) => id === delivery.plan.id);
  if (delivery.phase === 'accepted' && asked?.message.simulation && !delivery.simulation)
    info('warning: the gateway did not confirm the simulation: the message may really go out');
  if (delivery.phase === 'accepted' && asked?.message.simulation === false && delivery.simulation)
    info('warning: the gateway only validated the message and does not deliver it');
  if (!repeated || asked === undefined || (delivery.phase !== 'accepted' && delivery.phase !== 'refused'))
    return;
  info(
    `note: ${asked.id} was ${delivery.phase === 'accepted' ? 'sent' : 'refused'} before; it is not sent again`,
  );
}

/** The worst of what happened decides how the run ends. */
function conclude(
  deliveries: readonly Delivery[],
  problems: readonly Failure[],
  follow: boolean,
  context: Context,
): ExitKind {
  explainWindow(deliveries, context);
  const gravest = (['doubt', 'setup', 'gateway'] as const)
    .map((kind) => problems.find((problem) => problem.kind === kind))
    .find((problem) => problem !== undefined);
  if (gravest) throw gravest;
  if (problems[0]) throw problems[0];
  // Whoever has stopped reading has also stopped waiting.
  const end = exitKindOf(deliveries, follow && !context.outputClosed());
  if (end === 'doubt') failInDoubt(deliveries, context);
  return end === 'pending' ? reportUnfinished(deliveries, context) : end;
}

/**
 * Shows what would be done, and ends as the send would: a script that tries first is to learn that it will be refused.
 * `id` is that of the line. @throws Failure as `refuseUnwanted`
 */
export async function dryRun(
  plans: readonly Plan[],
  id: string | undefined,
  context: Context,
): Promise<ExitKind> {
  const end = await showDryRun(plans, context);
  const ledger = await context.ledgerIfAny();
  const known = id === undefined ? undefined : await ledger?.find(id);
  if (ledger && (known === undefined || known.phase === 'queued'))
    await refuseUnwanted(plans, ledger, context);
  return end;
}
