import type { ChannelName } from './channels/channel.ts';
import type { Plan } from './message.ts';
import type { Instant, MonotonicTime } from './time.ts';

/** What a gateway said of a message it took. */
export interface Receipt {
  /** The channel it speaks of; null where the gateway does not say. */
  channel: ChannelName | null;
  status: Exclude<Status, 'queued' | 'rejected'>;
  reason: string | null;
  /** When it happened, by the gateway's clock. */
  at: Instant;
  /** Where it speaks of one part of an SMS only: which, from 1, of how many. */
  part?: { number: number; of: number };
}

/** All that can happen to a message. Events are appended, never changed; `fold` makes a delivery of them. */
export type Event =
  /** A message that never left gives way to a plan that says the same under the same id. */
  | { kind: 'replaced'; at: Instant; plan: Plan }
  /**
   * A request is about to leave. `owner` names the worker that sends it, `route` the gateway, account and dialect it goes
   * to. Ledgers of earlier versions have neither `since` nor `route`.
   */
  | { kind: 'intent'; at: Instant; owner: string; since?: MonotonicTime; route?: string }
  /** The gateway took it. `shown`: it did not say so when it was sent, but showed it when it was asked. */
  | {
      kind: 'accepted';
      at: Instant;
      channel: ChannelName;
      gatewayId: string | null;
      simulation: boolean;
      shown?: true;
    }
  /** The gateway will not take it: final. */
  | { kind: 'refused'; at: Instant; reason: string }
  /** The request is known not to have been taken: it may be sent again. */
  | { kind: 'unsent'; at: Instant; reason: string }
  /** The request may have been taken: it may not be sent again before the gateway was asked. */
  | { kind: 'doubt'; at: Instant; reason: string; since?: MonotonicTime; route?: string }
  /** A person settled a doubt. */
  | { kind: 'resolved'; at: Instant; sent: boolean; reason: string }
  | ({ kind: 'receipt' } & Receipt);

/** Where a message stands, in the words of the contract with scripts. */
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

/** The criteria that select messages: their status, or that they are in doubt. */
export const statusFilters = [...statuses, 'in-doubt'] as const;

export type StatusFilter = (typeof statusFilters)[number];

/** How far a status is along the life of an attempt. What is behind never overwrites what is ahead. */
export const rank = {
  queued: 0,
  submitted: 1,
  unknown: 2,
  sent: 3,
  received: 4,
  undelivered: 5,
  expired: 5,
  rejected: 5,
  // A handset's confirmation outweighs an earlier report of failure: the message is there.
  delivered: 6,
  read: 7,
} satisfies Record<Status, number>;

export function isArrived(status: Status): boolean {
  return status === 'delivered' || status === 'read';
}

/** Where a message stands that did not arrive, and will not on that channel. */
export const failures = ['undelivered', 'expired', 'rejected'] as const satisfies readonly Status[];

export function isFailed(status: Status): boolean {
  return status === 'undelivered' || status === 'expired' || status === 'rejected';
}
