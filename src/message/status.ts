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
