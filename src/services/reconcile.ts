import { Failure } from '../errors.ts';
import type { Evidence, Gateway, MessageStatus, StatusRef } from '../gateway/gateway.ts';
import type { Ledger } from '../ledger/api.ts';
import type { Delivery } from '../message/delivery.ts';
import { toEndpoint } from '../message/endpoint.ts';
import type { Event } from '../message/event.ts';
import { maxRequestMs } from '../message/timeouts.ts';
import type { Deps } from './deps.ts';

/** The finding about a message in doubt. */
export type ReconcileResult =
  /** The gateway has it; the events say so. */
  | { kind: 'accepted'; events: Event[] }
  /** The gateway does not have it and cannot come to have it: it may be sent again. */
  | { kind: 'absent' }
  /** Neither is proven. `remainingMs`: the time in which another question may still prove one; 0 when it is over. */
  | { kind: 'unproven'; reason: string; remainingMs: number };

/** How long a failing question is retried if another one follows anyway, in milliseconds. */
export const questionTimeoutMs = 2_000;

/**
 * Asks the gateway about messages in doubt; the only place that decides whether one may be sent again. Returns a finding
 * for each message id. Retries a failing question for `timeoutMs` milliseconds. Records nothing. If the gateway cannot be
 * asked, all messages stay unproven.
 * @throws Failure `ledger.unusable`, and what ends the run
 */
export async function reconcile(
  doubts: readonly Delivery[],
  deps: Pick<Deps, 'gateway' | 'ledger' | 'grace' | 'firstSeen'>,
  timeoutMs?: number,
): Promise<Map<string, ReconcileResult>> {
  const { gateway, ledger } = deps;
  const findings = new Map<string, ReconcileResult>();
  const groups = new Map<string, Delivery[]>();
  for (const delivery of doubts) {
    // The messages of a group have their controls in common.
    const key = `${gateway.listChannels(delivery.plan.message).join()} ${toEndpoint(delivery.plan)}`;
    groups.set(key, [...(groups.get(key) ?? []), delivery]);
  }
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    // The time of the question counts: an answer may be older than it arrives.
    const asked = ledger.clock.monotonic();
    const evidence = await collectEvidence(group, first);
    for (const delivery of group)
      findings.set(delivery.plan.id, judge(delivery, evidence, remainingMs(delivery, asked, deps)));
  }
  return findings;

  async function collectEvidence(group: readonly Delivery[], first: Delivery): Promise<Evidence> {
    const own = new Set(group.map(({ plan }) => plan.id));
    const controls = (await ledger.controls(gateway.route, first.plan)).filter((id) => !own.has(id));
    try {
      return await gateway.prove(
        group.map((delivery) => toRef(delivery, gateway)),
        controls,
        timeoutMs,
      );
    } catch (cause) {
      if (!(cause instanceof Failure) || !(cause.kind === 'gateway' || cause.kind === 'setup')) throw cause;
      return { accepted: new Map(), absent: new Set(), gap: cause.message };
    }
  }

  function judge(
    delivery: Delivery,
    { accepted, absent, gap }: Evidence,
    remainingMs: number,
  ): ReconcileResult {
    const { id } = delivery.plan;
    const shown = accepted.get(id);
    if (shown) return { kind: 'accepted', events: eventsFromStatus(delivery, shown) };
    const { intent, phase } = delivery;
    const unproven = (reason: string): ReconcileResult => ({ kind: 'unproven', reason, remainingMs });
    if (phase !== 'doubt') return unproven('the process that sends it is still at work');
    if (intent?.route !== undefined && intent.route !== gateway.route)
      return unproven('it was sent to another base URL, account or dialect: ask there');
    if (!absent.has(id)) return unproven(gap ?? 'the gateway does not tell');
    return remainingMs === 0 ? { kind: 'absent' } : unproven('the gateway does not show it yet');
  }
}

/** The facts that decide when a message may be sent again; all times are by the clock of the ledger. */
export type Timing = Pick<Deps, 'grace' | 'firstSeen'> & { ledger: Pick<Ledger, 'clock'> };

/**
 * The earliest time by the clock of the ledger at which a message in doubt that the gateway does not show may be sent again:
 * its request has ended, and the grace is over in which the gateway may come to show it. What another boot left in doubt
 * counts from when it was first seen.
 */
export function resendableAt(
  { plan, unsettledSince }: Pick<Delivery, 'plan' | 'unsettledSince'>,
  { ledger: { clock }, grace, firstSeen }: Timing,
): number {
  if (unsettledSince?.boot === clock.boot) return unsettledSince.ms + grace;
  const seen = firstSeen.get(plan.id) ?? clock.monotonic();
  firstSeen.set(plan.id, seen);
  return seen + grace;
}

/** Returns the events to record for a message that the gateway knows. */
export function eventsFromStatus(delivery: Delivery, statuses: readonly MessageStatus[]): Event[] {
  const events = statuses.flatMap(({ receipt, previousAttempts }): Event[] =>
    [...previousAttempts, receipt].map((one) => ({ kind: 'receipt', ...one })),
  );
  const gatewayId = statuses.find((one) => one.gatewayId !== null)?.gatewayId ?? null;
  const channel = delivery.plan.message.chain[0];
  const isKnown = delivery.phase === 'accepted' && (delivery.gatewayId !== null || gatewayId === null);
  if (channel === undefined || isKnown) return events;
  const { simulation } = delivery.plan.message;
  return [
    { kind: 'accepted', at: delivery.updatedAt, channel, gatewayId, simulation, shown: true },
    ...events,
  ];
}

/** Returns a question about a message on every channel on which the gateway may know it. */
function toRef({ plan, gatewayId }: Delivery, gateway: Pick<Gateway, 'listChannels'>): StatusRef {
  return { id: plan.id, gatewayId, channels: gateway.listChannels(plan.message) };
}

/** A worker on another machine is known to be gone after a minute, in milliseconds. */
const otherMachineTimeoutMs = 60_000;

/**
 * Returns the milliseconds in which a question asked at `asked`, by the monotonic clock, may still settle a message:
 * until it may be sent again, or until the process that sends it must have ended.
 */
export function remainingMs(delivery: Delivery, asked: number, deps: Timing): number {
  const isOurBoot = delivery.unsettledSince?.boot === deps.ledger.clock.boot;
  const sendingMs = isOurBoot ? maxRequestMs : otherMachineTimeoutMs;
  const end = resendableAt(delivery, deps) + (delivery.phase === 'doubt' ? 0 : sendingMs);
  return Math.max(end - asked, 0);
}
