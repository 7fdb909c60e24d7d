import type { RequestOutcome } from '../../gateway/gateway.ts';
import type { Delivery } from '../../message/delivery.ts';
import type { Event } from '../../message/event.ts';
import { countSmsParts, type Message } from '../../message/message.ts';
import type { SmsSize } from '../../message/sms.ts';
import type { Instant } from '../../message/time.ts';
import type { MonotonicClock } from '../../storage/monotonic.ts';

/** Returns the event that records the outcome of a request, now by the wall clock and by the clock of the ledger. */
export function outcomeEvent(
  { plan }: Delivery,
  outcome: RequestOutcome,
  at: Instant,
  { boot, monotonic }: MonotonicClock,
): Event {
  switch (outcome.kind) {
    case 'accepted': {
      const { gatewayId, simulation, rejected, size } = outcome;
      return {
        kind: 'accepted',
        at,
        channel: outcome.channel ?? plan.message.chain[0] ?? 'sms',
        gatewayId,
        simulation,
        ...(rejected !== undefined && { rejected }),
        // Most gateways count as qlara does, and a bulk stores a plain acceptance in a few bytes.
        ...(size !== undefined && !isOwnSize(size, plan.message) && { size }),
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

/** Reports whether the gateway counts the parts of a message as qlara does. */
function isOwnSize({ parts, encoding }: SmsSize, message: Message): boolean {
  const own = countSmsParts(message);
  return own?.parts === parts && own.encoding === encoding;
}
