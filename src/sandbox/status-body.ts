import type { ChannelName } from '../message/channels/channel.ts';
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

/** The vendor's words for a status, in the fields that it documents. */
export interface VendorStatus {
  deliveryStatus: (typeof vendorStatuses)[TimelineStep['status']][0] | 'UNKNOWN';
  deliveryStatusDescription: string;
}

/** All words that a status may have. */
export const vendorStatusWords: readonly string[] = [
  ...Object.values(vendorStatuses).map(([word]) => word),
  'UNKNOWN',
];

/** Returns the vendor's word for a status. */
export function toVendorStatus(status: TimelineStep['status']): VendorStatus['deliveryStatus'] {
  return vendorStatuses[status][0];
}

/** Describes a step in the vendor's words. */
export function describeStep({ status, reason }: TimelineStep): VendorStatus {
  const [deliveryStatus, meaning] = vendorStatuses[status];
  return { deliveryStatus, deliveryStatusDescription: reason ?? meaning };
}

/**
 * Describes a message that has no step. It has the documented status UNKNOWN, that there is no status information: a
 * simulated message never will have any, and a scheduled one has none before its time, when nothing was sent.
 */
export function describeUnsent({ simulation }: Accepted): VendorStatus {
  return {
    deliveryStatus: 'UNKNOWN',
    deliveryStatusDescription: simulation ? 'simulated, not sent' : 'scheduled',
  };
}

function renderStep(step: TimelineStep) {
  return { channel: step.channel, ...describeStep(step), timestamp: new Date(step.at).toISOString() };
}

/**
 * Renders a message and its timeline so far as the body of a status response; undefined if `channel` is given and not
 * part of its chain.
 *
 * The vendor documents `customerMessageId`, `deliveryStatus` and `deliveryStatusDescription`. `attempts` is an
 * extension of this sandbox: the vendor does not document how a fallback is reported.
 */
export function renderStatus(
  message: Accepted,
  steps: readonly TimelineStep[],
  channel: ChannelName | undefined,
) {
  if (channel !== undefined && !message.chain.some((hop) => hop.channel === channel)) return undefined;
  const attempts = latestByChannel(steps).map(renderStep);
  const current = attempts.at(-1) ?? {
    channel: message.channel,
    ...describeUnsent(message),
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
