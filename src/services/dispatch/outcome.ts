import type { SendOutcome } from '../../gateway/gateway.ts';
import type { Delivery } from '../../message/delivery.ts';
import type { Event } from '../../message/event.ts';
import type { Clock } from '../deps.ts';

/** Returns the event that records the outcome of a request. */
export function outcomeEvent(
  { plan }: Delivery,
  outcome: SendOutcome,
  { now, boot, monotonic }: Pick<Clock, 'now' | 'boot' | 'monotonic'>,
): Event {
  const at = now();
  switch (outcome.kind) {
    case 'accepted': {
      const { gatewayId, simulation } = outcome;
      return {
        kind: 'accepted',
        at,
        channel: outcome.channel ?? plan.message.chain[0] ?? 'sms',
        gatewayId,
        simulation,
      };
    }
    case 'refused':
      return { kind: 'refused', at, reason: outcome.reason };
    case 'doubt':
      return { kind: 'doubt', at, reason: outcome.reason, since: { boot, ms: monotonic() } };
    case 'rateLimited':
    case 'notSent':
    case 'fatal':
      return { kind: 'unsent', at, reason: outcome.reason };
  }
}
