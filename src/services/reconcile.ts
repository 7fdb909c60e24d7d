import { Failure, fail } from '../errors.ts';
import type { Evidence, MessageStatus, StatusRef } from '../gateway/gateway.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Event } from '../message/event.ts';
import { maxRequestMs } from '../message/timeouts.ts';
import type { Deps } from './deps.ts';

/** The finding about a message in doubt. */
export type ReconcileResult =
  /** The gateway has it; the events say so. */
  | { kind: 'accepted'; events: Event[] }
  /** The gateway does not have it and cannot come to have it: it may be sent again. */
  | { kind: 'absent' }
  /** Neither is proven. `isOver`: the time has passed by which it would have been, so that asking at once again is no use. */
  | { kind: 'unproven'; reason: string; isOver: boolean };

/** Between two questions for a message that the gateway does not show, in milliseconds. */
export const reconcileIntervalMs = 1_000;

/** How long a question that fails is repeated where another one follows anyway, in milliseconds. */
export const questionTimeoutMs = 2_000;

/**
 * Asks the gateway about messages in doubt; the only place that decides whether one may be sent again. Each finding is
 * by the id of the message. A question that fails is repeated for `timeoutMs` milliseconds. Nothing is recorded. A gateway that cannot be asked leaves all of them unproven.
 * @throws Failure `ledger.unusable`, and what ends the run
 */
export async function reconcile(
  doubts: readonly Delivery[],
  tools: Pick<Deps, 'gateway' | 'ledger' | 'clock' | 'grace' | 'firstSeen'>,
  timeoutMs?: number,
): Promise<Map<string, ReconcileResult>> {
  const { gateway, ledger, clock } = tools;
  const findings = new Map<string, ReconcileResult>();
  const groups = new Map<string, Delivery[]>();
  for (const delivery of doubts) {
    const key = delivery.plan.message.chain.join();
    groups.set(key, [...(groups.get(key) ?? []), delivery]);
  }
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    // The time of the question counts: an answer may be older than it arrives.
    const asked = clock.monotonic();
    const isOver = (delivery: Delivery) => asked >= resendableAt(delivery, tools);
    const evidence = await evidenceOf(group, first);
    for (const delivery of group)
      findings.set(delivery.plan.id, findingOf(delivery, evidence, isOver(delivery)));
  }
  return findings;

  async function evidenceOf(group: readonly Delivery[], first: Delivery): Promise<Evidence> {
    const own = new Set(group.map(({ plan }) => plan.id));
    const controls = (await ledger.controls(gateway.route, first.plan)).filter((id) => !own.has(id));
    try {
      return await gateway.prove(group.map(allChannels), controls, timeoutMs);
    } catch (cause) {
      if (!(cause instanceof Failure) || !(cause.kind === 'gateway' || cause.kind === 'setup')) throw cause;
      return { accepted: new Map(), absent: new Set(), gap: `the gateway cannot be asked: ${cause.message}` };
    }
  }

  function findingOf(
    delivery: Delivery,
    { accepted, absent, gap }: Evidence,
    isOver: boolean,
  ): ReconcileResult {
    const { id } = delivery.plan;
    const shown = accepted.get(id);
    if (shown) return { kind: 'accepted', events: eventsFromStatus(delivery, shown) };
    const { intent, phase } = delivery;
    const unproven = (reason: string): ReconcileResult => ({ kind: 'unproven', reason, isOver });
    if (phase !== 'doubt') return unproven('the process that sends it is still at work');
    if (intent?.route !== undefined && intent.route !== gateway.route)
      return unproven('it was sent to another base URL, account or dialect: ask there');
    if (!absent.has(id)) return unproven(gap ?? 'the gateway does not tell');
    return isOver ? { kind: 'absent' } : unproven('the gateway does not show it yet');
  }
}

/**
 * The earliest time by the monotonic clock at which a message in doubt that the gateway does not show may be sent again:
 * its request has ended, and the grace is over in which the gateway may come to show it. What another boot left in doubt
 * counts from when it was first seen.
 */
export function resendableAt(
  { plan, unsettledSince }: Pick<Delivery, 'plan' | 'unsettledSince'>,
  { clock, grace, firstSeen }: Pick<Deps, 'clock' | 'grace' | 'firstSeen'>,
): number {
  if (unsettledSince?.boot === clock.boot) return unsettledSince.ms + grace;
  const seen = firstSeen.get(plan.id) ?? clock.monotonic();
  firstSeen.set(plan.id, seen);
  return seen + grace;
}

/** The outcome to append once the gateway turns out to know a message. */
export function eventsFromStatus(delivery: Delivery, shown: readonly MessageStatus[]): Event[] {
  const events = shown.flatMap(({ receipt, previousAttempts }): Event[] =>
    [...previousAttempts, receipt].map((one) => ({ kind: 'receipt', ...one })),
  );
  const gatewayId = shown.find((one) => one.gatewayId !== null)?.gatewayId ?? null;
  const channel = delivery.plan.message.chain[0];
  const isKnown = delivery.phase === 'accepted' && (delivery.gatewayId !== null || gatewayId === null);
  if (channel === undefined || isKnown) return events;
  const { simulation } = delivery.plan.message;
  return [
    { kind: 'accepted', at: delivery.updatedAt, channel, gatewayId, simulation, shown: true },
    ...events,
  ];
}

/** How to ask about a message that may be on any channel of its chain. */
export function allChannels({ plan, gatewayId }: Delivery): StatusRef {
  return { id: plan.id, gatewayId, channels: plan.message.chain };
}

/** A worker on another machine is known to be gone after a minute, in milliseconds. */
const otherMachineTimeoutMs = 60_000;

/**
 * Finds out what became of a message whose request was left without a known end, without sending it again: waits for the
 * process that sends it, asks the gateway, and gives the message back for sending only when it is proven to be absent.
 * @throws Failure `send.in-doubt` when neither is proven in time
 */
export async function settleDelivery(unsettled: Delivery, tools: Deps): Promise<Delivery> {
  const { ledger, clock, note } = tools;
  const { id } = unsettled.plan;
  for (let current = unsettled, isTold = false; ; ) {
    clock.checkpoint();
    current = await ledger.abandon(current, clock.now());
    if (current.phase !== 'doubt' && current.phase !== 'sending') return current;
    const asked = clock.monotonic();
    const finding = (await reconcile([current], tools, questionTimeoutMs)).get(id);
    if (finding?.kind === 'accepted')
      return (await ledger.append(finding.events.map((event) => ({ id, event })))).at(-1) ?? current;
    if (finding?.kind === 'absent') return ledger.release(current, absentReason, clock.now());
    const end = givenUpAt(current, tools);
    if (asked >= end) return inDoubt(current, finding?.reason ?? '', tools);
    // Once more when the time is over, however long this question took.
    const left = Math.max(end - clock.monotonic(), 1);
    if (!isTold)
      note(`the gateway does not show ${id} yet; qlara asks again for up to ${Math.ceil(left / 1000)} s`);
    isTold = true;
    await clock.sleep(Math.min(reconcileIntervalMs, left));
  }
}

/** Why a message that was in doubt waits to be sent again. */
export const absentReason = 'the gateway does not have it';

/** Until when a run asks, by the monotonic clock. */
function givenUpAt(delivery: Delivery, tools: Deps): number {
  const isOver = resendableAt(delivery, tools);
  if (delivery.phase === 'doubt') return isOver;
  const isOurBoot = delivery.unsettledSince?.boot === tools.clock.boot;
  return isOver + (isOurBoot ? maxRequestMs : otherMachineTimeoutMs);
}

function inDoubt({ plan: { id } }: Delivery, reason: string, { flags }: Deps): never {
  return fail(
    'doubt',
    'send.in-doubt',
    `${id} may have been sent: ${reason}`,
    `\`qlara status${flags} ${id}\` asks again and never sends; \`qlara resolve${flags} ${id} --sent --reason TEXT\` (or --not-sent) settles it by hand`,
  );
}
