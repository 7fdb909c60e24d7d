import type { Accepted } from './accepted.ts';
import { latestByChannel, type TimelineStep } from './timeline.ts';

/** The vendor's status words and their descriptions. */
const vendorStatuses = {
  sent: ['SENT', 'handed to the carrier'],
  received: ['RECEIVED', 'taken by the carrier'],
  delivered: ['DELIVERED', 'on the device'],
  read: ['READ', 'opened'],
  undelivered: ['ERROR', 'not delivered'],
  expired: ['EXPIRED', 'validity period over'],
} as const satisfies Record<TimelineStep['status'], readonly [string, string]>;

/** Returns the vendor's word for a status. */
export function toVendorStatus(status: TimelineStep['status']): string {
  return vendorStatuses[status][0];
}

function renderStep(step: TimelineStep) {
  const [deliveryStatus, meaning] = vendorStatuses[step.status];
  return {
    channel: step.channel,
    deliveryStatus,
    deliveryStatusDescription: step.reason ?? meaning,
    timestamp: new Date(step.at).toISOString(),
  };
}

/**
 * Renders a message and its timeline so far as the body of a status response. A simulated message has the documented
 * status UNKNOWN: there is no status information, and never will be.
 *
 * The vendor documents `customerMessageId`, `deliveryStatus` and `deliveryStatusDescription`. `attempts` is an
 * extension of this sandbox: the vendor does not document how a fallback is reported.
 */
export function renderStatus(message: Accepted, steps: readonly TimelineStep[]) {
  const attempts = latestByChannel(steps).map(renderStep);
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
