import type { ChannelName } from './channels/channel.ts';
import type { Plan } from './message.ts';
import type { SmsSize } from './sms.ts';
import type { Instant, MonotonicTime } from './time.ts';

/** Status of a message as reported by a gateway. */
export interface Receipt {
  /** Channel of the status; null if not reported. */
  channel: ChannelName | null;
  status: Exclude<Status, 'queued' | 'rejected'>;
  reason: string | null;
  /** Time of the status by the gateway's clock. */
  at: Instant;
  /** Set for one part of an SMS: its number, from 1, and the number of parts. */
  part?: { number: number; of: number };
  /** Price of the message, or of this part, in EUR. */
  price?: number;
}

/** Further facts of an acceptance, where the gateway reports them. */
export interface AcceptanceDetails {
  /** Channels that the gateway rejected before it took the message on another. */
  rejected?: readonly { channel: ChannelName; reason: string }[];
  /** Size of the SMS as the gateway counted it. */
  size?: SmsSize;
}

/** Events of a message. They are appended, never changed; `applyEvent` derives the delivery. */
export type Event =
  /** A message that was never sent is replaced by a plan with the same content and id. */
  | { kind: 'replaced'; at: Instant; plan: Plan }
  /**
   * A request is about to leave. `owner` is the worker that sends it, `route` the gateway, account and dialect it is
   * sent to. Events of earlier versions have neither `since` nor `route`.
   */
  | { kind: 'intent'; at: Instant; owner: string; since?: MonotonicTime; route?: string }
  /** The gateway accepted the message. `shown`: known from a status request, not from the send response. */
  | ({
      kind: 'accepted';
      at: Instant;
      channel: ChannelName;
      gatewayId: string | null;
      simulation: boolean;
      shown?: true;
    } & AcceptanceDetails)
  /** The gateway rejected the message: final. */
  | { kind: 'refused'; at: Instant; reason: string }
  /** The request was certainly not accepted; the message may be sent again. */
  | { kind: 'unsent'; at: Instant; reason: string }
  /** The request may have been accepted; the message may not be sent again before the gateway was asked. */
  | { kind: 'doubt'; at: Instant; reason: string; since?: MonotonicTime; route?: string }
  /** The user resolved a doubt. */
  | { kind: 'resolved'; at: Instant; sent: boolean; reason: string }
  | ({ kind: 'receipt' } & Receipt);

/** Statuses of a message, which scripts rely on. */
export const statuses = [
  'queued',
  'submitted',
  'unknown',
  'sent',
  'received',
  'undelivered',
  'expired',
  'rejected',
  'delivered',
  'read',
] as const;

export type Status = (typeof statuses)[number];

/** Filters of messages: their status, or that they are in doubt. */
export const statusFilters = [...statuses, 'in-doubt'] as const;

export type StatusFilter = (typeof statusFilters)[number];

/** Progress of a status within an attempt. A status with a lower rank never replaces one with a higher rank. */
export const rank = {
  queued: 0,
  submitted: 1,
  unknown: 2,
  sent: 3,
  received: 4,
  undelivered: 5,
  expired: 5,
  rejected: 5,
  // Delivery to the handset overrides an earlier failure: the message is there.
  delivered: 6,
  read: 7,
} satisfies Record<Status, number>;

export function isArrived(status: Status): boolean {
  return status === 'delivered' || status === 'read';
}

/** Statuses of an attempt that failed and will not succeed on its channel. */
export const failedStatuses = ['undelivered', 'expired', 'rejected'] as const satisfies readonly Status[];

export function isFailed(status: Status): boolean {
  return status === 'undelivered' || status === 'expired' || status === 'rejected';
}
