import { guideEvents } from '../platform/guide-events.ts';
import type { TimelineStep } from '../timeline.ts';
import { type Shape, toIso } from '../webhooks/shape.ts';

/** Statuses of the channel guide's webhook page, which has no event for `received` and `read`. */
const statusWords: Partial<Record<TimelineStep['status'], 'SENT' | 'DELIVERED' | 'ERROR' | 'EXPIRED'>> = {
  sent: 'SENT',
  delivered: 'DELIVERED',
  undelivered: 'ERROR',
  expired: 'EXPIRED',
};

/** Flat events of the vendor's channel guide. */
export const events: Shape = {
  step({ messageId, customerMessageId, phoneNumber }, { status, channel, at, reason }) {
    const word = statusWords[status];
    if (word === undefined) return [];
    const error = word === 'ERROR' ? reason : null;
    return [
      { messageId, customerMessageId, phoneNumber, status: word, timestamp: toIso(at), channel, error },
    ];
  },
  // The channel guide documents no inbound event; the platform's guide is the nearest.
  inbound: guideEvents.inbound,
};
