import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { type ExitKind, type Failure, fail } from '../errors.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import { composeMessage } from '../message/compose.ts';
import type { Delivery } from '../message/delivery.ts';
import { isSameSend, type Message, type Plan } from '../message/message.ts';
import { isLandline, type Phone } from '../message/phone.ts';
import { formatMinute } from '../output/units.ts';
import type { Deps } from '../services/deps.ts';
import { type DeliveryStep, deliver, reusedId } from '../services/dispatch/deliver.ts';
import { show } from '../views/deliveries.ts';
import { showDryRun } from '../views/dry-run.ts';
import { failInDoubt, failUnfinished, getExitKind } from '../views/exit-status.ts';
import { canPrompt } from './can-prompt.ts';
import { type Draft, findOriginProblems, isComplete } from './draft.ts';
import { explainWindow, refuseUnwanted } from './recipient-guard.ts';
import type { SendFlags } from './send-flags.ts';
import { buildRequest, refuseWaiting, type SendRequest } from './send-request.ts';

/** Interval at which to ask the gateway for statuses, in milliseconds. */
const pollIntervalMs = 1_000;

/**
 * Sends what flags describe: one message to each destination, or one for each row of a file. In a terminal it prompts for
 * what is missing; elsewhere that is an error.
 */
export async function send(
  channel: ChannelName | undefined,
  flags: SendFlags,
  context: Context,
): Promise<ExitKind> {
  refuseWaiting(flags);
  const draft = { channel, flags };
  const isWhole = flags.file.length > 0 || !canPrompt(context) || (await isSendable(draft, context));
  const complete = isWhole
    ? { channel: channel ?? refuseNoChannel(), flags }
    : await (await import('./wizard/send.ts')).askForRest(draft, context);
  if (complete === undefined) {
    context.notices.info('nothing was sent');
    return 'declined';
  }
  const request = await buildRequest(complete.channel, complete.flags, context);
  const { recipients } = request;
  if (recipients.kind === 'numbers') return sendToNumbers(request, recipients, context);
  const { sendFile } = await import('./send-file.ts');
  return sendFile(request, recipients, complete, context);
}

/** Reports whether a draft needs no prompt. The account may have only one WhatsApp number, which is not asked for. */
async function isSendable({ channel, flags }: Draft, context: Context): Promise<boolean> {
  const rules = await context.messageRules();
  if (channel === undefined || !isComplete({ channel, flags }, rules)) return false;
  const missing = findOriginProblems({ channel, flags }, rules, context.settings);
  return missing.every(({ code }) => code === 'phone-number.missing');
}

function refuseNoChannel(): never {
  return fail(
    'usage',
    'channel.missing',
    'no channel given',
    'use `qlara send sms`, `qlara send rcs` or `qlara send whatsapp`, or --fallback to try all three',
  );
}

/** Sends one message to each number. */
async function sendToNumbers(
  { input, options }: SendRequest,
  { numbers, id }: { numbers: readonly Phone[]; id: string | undefined },
  context: Context,
): Promise<ExitKind> {
  let message = composeMessage(input, await context.messageRules());
  const plansFor = (message: Message) =>
    numbers.map((to): Plan => {
      const plan = { id: id ?? context.newId(), to, message };
      return options.overrides === undefined ? plan : { ...plan, overrides: options.overrides };
    });
  for (const number of numbers)
    if (await isLandline(number))
      context.notices.info(`warning: ${number} is a landline; messages go to mobile phones`);
  const known = id === undefined ? undefined : await findOwn(id, context);
  const [first] = plansFor(message);
  if (known && first && !isSameSend(first, known.plan)) throw reusedId(first.id);
  // A message that was sent before is only shown again.
  const isNew = known === undefined;
  const deps = options.dryRun ? undefined : await context.deps();
  if (deps && (isNew || known.phase === 'queued'))
    await refuseUnwanted(plansFor(message), deps.ledger, context);
  const hasTemplate = message.template !== null || message.rcsTemplate != null;
  if (hasTemplate && options.checksTemplate && isNew) {
    const { checkTemplate } = await import('./template-source.ts');
    message = await checkTemplate(message, input.text, context);
  }
  if (deps === undefined) {
    if (known && known.phase !== 'queued')
      context.notices.info(`note: ${known.plan.id} was sent before; a send would not send it again`);
    return dryRun(plansFor(message), id, context);
  }
  const plans = plansFor(message);
  if (message.scheduledAt != null && isNew && !message.simulation)
    context.notices.info(
      `note: planned for ${formatMinute(message.scheduledAt)}; the gateway has no call that cancels it`,
    );
  const follows = options.wait || options.watch;
  const [only] = plans.length === 1 ? plans : [];
  context.setResumeHint(
    `\`qlara status${repeatFlags(context)}${only ? ` ${only.id}` : ''}\` shows its status`,
  );
  const problems: Failure[] = [];
  const deadline = deps.clock.monotonic() + options.timeout;
  const changes = sendAndFollow(plans, { deps, problems, context, ...(follows && { deadline }) });
  const display = { each: follows, live: options.watch, detailed: false };
  const deliveries = await show(changes, display, context);
  return conclude(deliveries, problems, follows, context);
}

/** Returns the message recorded under an id of ours; undefined where there is none. */
async function findOwn(id: string, context: Context): Promise<Delivery | undefined> {
  const known = await (await context.ledgerIfAny())?.find(id);
  return known?.plan.id === id ? known : undefined;
}

interface Sending {
  deps: Deps;
  /** Filled in as they occur. */
  problems: Failure[];
  context: Context;
  /** Until when to follow the messages, by the monotonic clock; absent for not at all. */
  deadline?: number;
}

/** Sends and follows. Problems are collected, so that every message is shown to its end. */
async function* sendAndFollow(
  plans: readonly Plan[],
  { deps, problems, context, deadline }: Sending,
): AsyncGenerator<Delivery[]> {
  const last = new Map<string, Delivery>();
  for await (const step of deliver(plans, deps)) {
    last.set(step.delivery.plan.id, step.delivery);
    if (step.problem && !problems.includes(step.problem)) problems.push(step.problem);
    noteSurprise(step, plans, context);
    yield [step.delivery];
  }
  if (deadline === undefined || context.outputClosed()) return;
  // Without its ledger a message cannot be followed.
  if (problems.some(isLedgerGone)) return;
  const { isPending, track, trackedMessages } = await import('../services/track.ts');
  const open = [...last.values()].filter(isPending);
  if (open.length === 0) return;
  const options = { intervalMs: pollIntervalMs, deadline, isWanted: () => !context.outputClosed() };
  yield* track(trackedMessages(open, deps), options, deps);
}

function isLedgerGone({ code }: Failure): boolean {
  return code === 'send.unrecorded' || code.startsWith('ledger.');
}

/** Notes what the row of a message does not show. */
function noteSurprise(
  { delivery, repeated }: DeliveryStep,
  plans: readonly Plan[],
  { notices: { info } }: Context,
): void {
  const plan = plans.find(({ id }) => id === delivery.plan.id);
  const { phase } = delivery;
  if (plan === undefined || (phase !== 'accepted' && phase !== 'refused')) return;
  if (phase === 'accepted' && plan.message.simulation && !delivery.simulation)
    info('warning: the gateway did not confirm the simulation: the message may really be sent');
  if (phase === 'accepted' && !plan.message.simulation && delivery.simulation)
    info('warning: the gateway only validated the message and does not deliver it');
  if (repeated)
    info(`note: ${plan.id} was ${phase === 'accepted' ? 'sent' : 'refused'} before; it is not sent again`);
}

/** Returns the exit kind of the worst result. @throws Failure the most serious problem */
function conclude(
  deliveries: readonly Delivery[],
  problems: readonly Failure[],
  follows: boolean,
  context: Context,
): ExitKind {
  explainWindow(deliveries, context);
  const worst = (['doubt', 'setup', 'gateway'] as const)
    .map((kind) => problems.find((problem) => problem.kind === kind))
    .find((problem) => problem !== undefined);
  if (worst) throw worst;
  if (problems[0]) throw problems[0];
  // Once the reader has closed the pipe, nothing waits.
  const end = getExitKind(deliveries, follows && !context.outputClosed());
  if (end === 'doubt') failInDoubt(deliveries, context);
  return end === 'pending' ? failUnfinished(deliveries, context) : end;
}

/**
 * Shows the plan and makes the same checks as a send. `id` is the one from the flags.
 * @throws Failure as `refuseUnwanted`
 */
async function dryRun(plans: readonly Plan[], id: string | undefined, context: Context): Promise<ExitKind> {
  const end = await showDryRun(plans, context);
  const ledger = await context.ledgerIfAny();
  const known = id === undefined ? undefined : await ledger?.find(id);
  if (ledger && (known === undefined || known.phase === 'queued'))
    await refuseUnwanted(plans, ledger, context);
  return end;
}
