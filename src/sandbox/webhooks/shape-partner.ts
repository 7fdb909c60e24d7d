import type { TimelineStep } from '../timeline.ts';
import { iso, type Shape } from './shape.ts';
import { guide } from './shape-guide.ts';

/** The words of the channel guide's webhook page. It knows neither what the carrier has taken nor what was read. */
const words: Partial<Record<TimelineStep['status'], 'SENT' | 'DELIVERED' | 'ERROR' | 'EXPIRED'>> = {
  sent: 'SENT',
  delivered: 'DELIVERED',
  undelivered: 'ERROR',
  expired: 'EXPIRED',
};

/** The flat events of the vendor's channel guide. */
export const partner: Shape = {
  step({ messageId, customerMessageId, phoneNumber }, { status, channel, at, reason }) {
    const word = words[status];
    if (word === undefined) return [];
    const error = word === 'ERROR' ? reason : null;
    return [{ messageId, customerMessageId, phoneNumber, status: word, timestamp: iso(at), channel, error }];
  },
  // The channel guide shows none; the platform's guide is the nearest.
  inbound: guide.inbound,
};
