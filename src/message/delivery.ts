import { type Attempt, mergeReceipt } from './attempt.ts';
import { type ChannelName, channelNames } from './channels/channel.ts';
import { type Event, isArrived, isFailed, type Receipt, rank, type Status } from './event.ts';
import type { Plan } from './message.ts';
import type { Instant, MonotonicTime } from './time.ts';

/**
 * Where sending stands, apart from where the message stands:
 * - `queued`: recorded; no request is under way
 * - `sending`: a request is about to leave or has left, and its outcome is not recorded
 * - `doubt`: a request left and its outcome could not be learnt
 * - `taken`: the gateway has it
 * - `refused`: the gateway will not have it
 */
export type Phase = 'queued' | 'sending' | 'doubt' | 'accepted' | 'refused';

/** All that is known of one message: a fold of its events. */
export interface Delivery {
  plan: Plan;
  bulk: string | null;
  phase: Phase;
  /** The worker that sends it, and the gateway it is handed to; null when nobody does. Kept while it is in doubt. */
  intent: { owner: string; at: Instant; route?: string } | null;
  /** Since when its outcome has been waited for; null when it is known, or was left by an earlier version. */
  unsettledSince: MonotonicTime | null;
  gatewayId: string | null;
  /** Set once the gateway answered: whether it only validated. */
  simulation: boolean;
  /** Why it was refused, is in doubt or was not sent; null otherwise. */
  reason: string | null;
  attempts: Attempt[];
  /** Why a person said that it was sent, or was not, while it was in doubt; absent: nobody had to. */
  resolution?: string;
  createdAt: Instant;
  updatedAt: Instant;
}

export function newDelivery(plan: Plan, at: Instant, bulk: string | null = null): Delivery {
  return {
    plan,
    bulk,
    phase: 'queued',
    intent: null,
    unsettledSince: null,
    gatewayId: null,
    simulation: plan.message.simulation,
    reason: null,
    attempts: [],
    createdAt: at,
    updatedAt: at,
  };
}

/**
 * The delivery after one more event. Events may come late, twice and in any order among the receipts: the
 * result is the same. Returns the same object when the event tells nothing new.
 */
export function applyEvent(delivery: Delivery, event: Event): Delivery {
  const updatedAt = Math.max(delivery.updatedAt, event.at);
  switch (event.kind) {
    case 'replaced': {
      if (delivery.phase !== 'queued') return delivery;
      const { simulation } = event.plan.message;
      return { ...delivery, plan: event.plan, simulation, updatedAt };
    }
    case 'intent': {
      const { owner, at, route, since: unsettledSince = null } = event;
      const intent = { owner, at, ...(route !== undefined && { route }) };
      return { ...delivery, phase: 'sending', intent, unsettledSince, reason: null, updatedAt };
    }
    case 'unsent':
      return isTaken(delivery)
        ? delivery
        : { ...delivery, ...settled, phase: 'queued', reason: event.reason, updatedAt };
    case 'doubt': {
      if (isTaken(delivery)) return delivery;
      const { reason, route, since = delivery.unsettledSince } = event;
      const intent = delivery.intent ?? (route === undefined ? null : { owner: '', at: event.at, route });
      return { ...delivery, phase: 'doubt', intent, unsettledSince: since ?? null, reason, updatedAt };
    }
    case 'resolved':
      if (delivery.phase !== 'doubt') return delivery;
      return {
        ...delivery,
        ...settled,
        phase: event.sent ? 'accepted' : 'queued',
        reason: null,
        resolution: event.reason,
        updatedAt,
      };
    case 'refused':
      return isTaken(delivery)
        ? delivery
        : { ...delivery, ...settled, phase: 'refused', reason: event.reason, updatedAt };
    case 'accepted': {
      const receipt: Receipt = { channel: event.channel, status: 'submitted', reason: null, at: event.at };
      const attempts = noted(delivery, receipt);
      const gatewayId = delivery.gatewayId ?? event.gatewayId;
      const isKnown = gatewayId === delivery.gatewayId && event.simulation === delivery.simulation;
      if (isTaken(delivery) && attempts === delivery.attempts && isKnown) return delivery;
      return {
        ...delivery,
        ...settled,
        phase: 'accepted',
        reason: null,
        gatewayId,
        simulation: event.simulation,
        attempts,
        updatedAt,
      };
    }
    case 'receipt': {
      const attempts = noted(delivery, event);
      // A word that means nothing does not prove that the gateway has it.
      const isProof = isTaken(delivery) || event.status !== 'unknown';
      if (attempts === delivery.attempts && (isTaken(delivery) || !isProof)) return delivery;
      if (!isProof) return { ...delivery, attempts, updatedAt };
      return { ...delivery, ...settled, phase: 'accepted', reason: null, attempts, updatedAt };
    }
  }
}

/** The state that a message is left in once nobody waits for the outcome of its request. */
const settled = { intent: null, unsettledSince: null } as const;

/** Tells whether its request may have been accepted, and there is no proof either way. */
export function isInDoubt({ phase }: Pick<Delivery, 'phase'>): boolean {
  return phase === 'doubt' || phase === 'sending';
}

function isTaken(delivery: Delivery): boolean {
  return delivery.phase === 'accepted';
}

/** The attempts with a receipt noted; the same array when it is behind what is known. */
function noted(delivery: Delivery, receipt: Receipt): Attempt[] {
  const { attempts } = delivery;
  const channel = receipt.channel ?? currentChannel(delivery);
  const index = attempts.findIndex((known) => known.channel === channel);
  const known = attempts[index];
  const next = mergeReceipt(known, receipt);
  if (next === known) return attempts;
  const attempt = { channel, ...next };
  if (attempts.length === 0) return [attempt];
  return known === undefined
    ? [...attempts, attempt].sort((a, b) => place(delivery, a.channel) - place(delivery, b.channel))
    : attempts.with(index, attempt);
}

/** Where a channel stands in the order of trying. One that the gateway went to by itself comes after the chain. */
function place({ plan }: Delivery, channel: ChannelName): number {
  const { chain } = plan.message;
  const index = chain.indexOf(channel);
  return index === -1 ? chain.length + channelNames.indexOf(channel) : index;
}

/** The attempt that speaks for the message: one that arrived, else the last one tried; undefined before any. */
export function effectiveAttempt(delivery: Delivery): Attempt | undefined {
  return delivery.attempts.findLast((attempt) => isArrived(attempt.status)) ?? delivery.attempts.at(-1);
}

/** The channel now in play. */
export function currentChannel(delivery: Delivery): ChannelName {
  return effectiveAttempt(delivery)?.channel ?? (delivery.plan.message.chain[0] as ChannelName);
}

export function statusOf(delivery: Delivery): Status {
  switch (delivery.phase) {
    case 'queued':
    case 'sending':
      return 'queued';
    case 'doubt':
      return 'unknown';
    case 'refused':
      return 'rejected';
    case 'accepted':
      return effectiveAttempt(delivery)?.status ?? 'submitted';
  }
}

/** Why it stands where it stands, or null. */
export function reasonOf(delivery: Delivery): string | null {
  return delivery.phase === 'accepted' ? (effectiveAttempt(delivery)?.reason ?? null) : delivery.reason;
}

/**
 * Whether nothing more will change what became of it. A failure is final only on the chain's last channel;
 * a simulated message is final as soon as it was taken, since nothing will be delivered.
 */
export function isFinal(delivery: Delivery): boolean {
  if (delivery.phase === 'refused') return true;
  if (delivery.phase !== 'accepted') return false;
  if (delivery.simulation) return true;
  const attempt = effectiveAttempt(delivery);
  if (attempt === undefined) return false;
  return (
    isArrived(attempt.status) ||
    (isFailed(attempt.status) && place(delivery, attempt.channel) >= delivery.plan.message.chain.length - 1)
  );
}

/**
 * The attempts as one would tell them: an earlier channel that was left without a word about its end counts
 * as undelivered once a later one is in play, since the gateway only then goes on.
 */
export function displayAttempts(delivery: Delivery): Attempt[] {
  return delivery.attempts.map((attempt, index) => {
    const next = delivery.attempts[index + 1];
    if (next === undefined || rank[attempt.status] >= rank.undelivered) return attempt;
    return {
      ...attempt,
      status: 'undelivered',
      reason: attempt.reason ?? 'fell back',
      at: Math.max(attempt.at, next.at),
    };
  });
}
