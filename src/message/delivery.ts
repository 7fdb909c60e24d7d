import { type Attempt, type AttemptReport, mergeReceipt } from './attempt.ts';
import { type ChannelName, channelNames } from './channels/channel.ts';
import { type Event, isArrived, isFailed, type Receipt, rank, type Status } from './event.ts';
import { countSmsParts, type Plan } from './message.ts';
import type { SmsSize } from './sms.ts';
import type { Instant, MonotonicTime } from './time.ts';

/**
 * State of sending, as opposed to the status of the message:
 * - `queued`: recorded; no request is in flight
 * - `sending`: a request is about to leave or has left, and its outcome is not recorded
 * - `doubt`: a request left and its outcome is unknown
 * - `accepted`: the gateway has the message
 * - `refused`: the gateway rejected the message
 */
export type Phase = 'queued' | 'sending' | 'doubt' | 'accepted' | 'refused';

/** State of one message, derived from its events. */
export interface Delivery {
  plan: Plan;
  bulk: string | null;
  phase: Phase;
  /** Worker that sends it and the gateway it is sent to; null if no worker does. Kept while the message is in doubt. */
  intent: { owner: string; at: Instant; route?: string } | null;
  /** Time since which the outcome is unknown; null if it is known, or in ledgers of earlier versions. */
  unsettledSince: MonotonicTime | null;
  gatewayId: string | null;
  /** True if the gateway only validates it, as requested or as the gateway reported. */
  simulation: boolean;
  /** Size of the SMS as the gateway counted it; absent if it reported none, or the same as `countSmsParts`. */
  size?: SmsSize;
  /** Reason why it was refused, is in doubt or was not sent; null otherwise. */
  reason: string | null;
  attempts: Attempt[];
  /** Reason that the user gave when resolving a doubt; absent if no doubt was resolved. */
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
 * Applies an event to a delivery; returns the same object if the event changes nothing. Events may be late or repeated,
 * and receipts may arrive in any order: the result is the same.
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
      return isAccepted(delivery)
        ? delivery
        : { ...delivery, ...settled, phase: 'queued', reason: event.reason, updatedAt };
    case 'doubt': {
      if (isAccepted(delivery)) return delivery;
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
      return isAccepted(delivery)
        ? delivery
        : { ...delivery, ...settled, phase: 'refused', reason: event.reason, updatedAt };
    case 'accepted': {
      const { at, rejected = [], size = delivery.size } = event;
      const receipt: Receipt = { channel: event.channel, status: 'submitted', reason: null, at };
      const attempts = [
        ...rejected.map((one): AttemptReport => ({ ...one, status: 'rejected', at })),
        receipt,
      ].reduce((attempts, one) => addReceipt({ ...delivery, attempts }, one), delivery.attempts);
      const gatewayId = delivery.gatewayId ?? event.gatewayId;
      const isKnown =
        gatewayId === delivery.gatewayId &&
        event.simulation === delivery.simulation &&
        size === delivery.size;
      if (isAccepted(delivery) && attempts === delivery.attempts && isKnown) return delivery;
      return {
        ...delivery,
        ...settled,
        phase: 'accepted',
        reason: null,
        gatewayId,
        simulation: event.simulation,
        ...(size !== undefined && { size }),
        attempts,
        updatedAt,
      };
    }
    case 'receipt': {
      const attempts = addReceipt(delivery, event);
      // An unknown status word does not prove that the gateway has the message.
      const isProof = isAccepted(delivery) || event.status !== 'unknown';
      if (attempts === delivery.attempts && (isAccepted(delivery) || !isProof)) return delivery;
      if (!isProof) return { ...delivery, attempts, updatedAt };
      return { ...delivery, ...settled, phase: 'accepted', reason: null, attempts, updatedAt };
    }
  }
}

/** Fields of a message whose request has an outcome. */
const settled = { intent: null, unsettledSince: null } as const;

/** Reports whether the request may have been accepted, without proof either way. */
export function isInDoubt({ phase }: Pick<Delivery, 'phase'>): boolean {
  return phase === 'doubt' || phase === 'sending';
}

function isAccepted(delivery: Delivery): boolean {
  return delivery.phase === 'accepted';
}

/** Adds a receipt to the attempts; returns the same array if the receipt is stale. */
function addReceipt(delivery: Delivery, receipt: AttemptReport): Attempt[] {
  const { attempts } = delivery;
  const channel = receipt.channel ?? currentChannel(delivery);
  const index = attempts.findIndex((known) => known.channel === channel);
  const known = attempts[index];
  const next = mergeReceipt(known, receipt);
  if (next === known) return attempts;
  const attempt = { channel, ...next };
  if (attempts.length === 0) return [attempt];
  return known === undefined
    ? [...attempts, attempt].sort(
        (a, b) => rankChannel(delivery, a.channel) - rankChannel(delivery, b.channel),
      )
    : attempts.with(index, attempt);
}

/** Returns the position of a channel in the order of attempts. A channel outside the chain comes after it. */
function rankChannel({ plan }: Delivery, channel: ChannelName): number {
  const { chain } = plan.message;
  const index = chain.indexOf(channel);
  return index === -1 ? chain.length + channelNames.indexOf(channel) : index;
}

/** Returns the attempt that determines the status: one that arrived, else the last one; undefined if there is none. */
export function effectiveAttempt(delivery: Delivery): Attempt | undefined {
  return delivery.attempts.findLast((attempt) => isArrived(attempt.status)) ?? delivery.attempts.at(-1);
}

/** Returns the channel of the effective attempt. */
export function currentChannel(delivery: Delivery): ChannelName {
  return effectiveAttempt(delivery)?.channel ?? (delivery.plan.message.chain[0] as ChannelName);
}

/** Returns the status of the message. */
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

/** Returns the reason for the status, or null. */
export function reasonOf(delivery: Delivery): string | null {
  return delivery.phase === 'accepted' ? (effectiveAttempt(delivery)?.reason ?? null) : delivery.reason;
}

/** Returns the size of the SMS, as the gateway counted it if it reported so; null if no SMS is among the channels. */
export function sizeOf({ size, plan }: Pick<Delivery, 'size' | 'plan'>): SmsSize | null {
  return size ?? countSmsParts(plan.message);
}

/** Returns the price of the message in EUR, over all channels that were tried; null if the gateway reported none. */
export function priceOf({ attempts }: Pick<Delivery, 'attempts'>): number | null {
  const prices = attempts.flatMap(({ prices = {} }) => {
    const whole = prices[0];
    return whole === undefined ? Object.values(prices) : [whole];
  });
  if (prices.length === 0) return null;
  // Prices have at most six decimals; sums of binary fractions drift.
  return Math.round(prices.reduce((sum, price) => sum + price, 0) * 1e6) / 1e6;
}

/**
 * Reports whether the status can no longer change. A failure is final only on the chain's last channel; a simulated
 * message is final once it is accepted, since it will not be delivered.
 */
export function isFinal(delivery: Delivery): boolean {
  if (delivery.phase === 'refused') return true;
  if (delivery.phase !== 'accepted') return false;
  if (delivery.simulation) return true;
  const attempt = effectiveAttempt(delivery);
  if (attempt === undefined) return false;
  return (
    isArrived(attempt.status) ||
    (isFailed(attempt.status) &&
      rankChannel(delivery, attempt.channel) >= delivery.plan.message.chain.length - 1)
  );
}

/**
 * Returns the attempts for display: an earlier channel without a final status counts as undelivered once a later one
 * was tried, since the gateway falls back only then.
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
