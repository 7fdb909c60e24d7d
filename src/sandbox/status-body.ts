import type { Accepted } from './accepted.ts';
import { attemptsOf, type TimelineStep } from './timeline.ts';

/** The vendor's status words, and what they mean to a person. */
const words = {
  sent: ['SENT', 'handed to the carrier'],
  received: ['RECEIVED', 'taken by the carrier'],
  delivered: ['DELIVERED', 'on the device'],
  read: ['READ', 'opened'],
  undelivered: ['ERROR', 'not delivered'],
  expired: ['EXPIRED', 'validity period over'],
} as const satisfies Record<TimelineStep['status'], readonly [string, string]>;

/** The vendor's word for a status. */
export function wordOf(status: TimelineStep['status']): string {
  return words[status][0];
}

function described(step: TimelineStep) {
  const [deliveryStatus, meaning] = words[step.status];
  return {
    channel: step.channel,
    deliveryStatus,
    deliveryStatusDescription: step.reason ?? meaning,
    timestamp: new Date(step.at).toISOString(),
  };
}

/**
 * The answer of the status call for a message and the steps of its life so far. Of a
 * simulated message the documented UNKNOWN: there is no status information, and never will be.
 *
 * Documented are `customerMessageId`, `deliveryStatus` and `deliveryStatusDescription`. `attempts` is an
 * extension of this sandbox: the vendor does not show how a fallback appears.
 */
export function statusBody(message: Accepted, steps: readonly TimelineStep[]) {
  const attempts = attemptsOf(steps).map(described);
  const current = attempts.at(-1) ?? {
    channel: message.channel,
    deliveryStatus: 'UNKNOWN' as const,
    deliveryStatusDescription: 'simulated, not sent',
    timestamp: new Date(message.acceptedAt).toISOString(),
  };
  return {
    messageId: message.messageId,
    customerMessageId: message.customerMessageId,
    phoneNumber: message.phoneNumber,
    ...current,
    attempts,
  };
}
