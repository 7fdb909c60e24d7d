import { Failure } from '../../errors.ts';
import type { RequestOutcome } from '../../gateway/gateway.ts';
import type { Delivery } from '../../message/delivery.ts';

/**
 * Notices a gateway that expects other request bodies: the first answers on a channel, as many as `probation`, are HTTP
 * 400 or 422 with the same text but for numbers, and none is an acceptance. Zero switches it off. The function returns
 * the failure to stop with; undefined while sending may go on.
 */
export function detectUniformRefusal(
  probation: number,
): (delivery: Delivery, outcome: RequestOutcome) => Failure | undefined {
  /** The text and number of equal refusals by channel; null once answers differ. */
  const refusals = new Map<string, { text: string; count: number } | null>();
  return ({ plan }, outcome) => {
    if (probation === 0 || (outcome.kind !== 'accepted' && outcome.kind !== 'refused')) return undefined;
    const channel = plan.message.chain[0] ?? '';
    const before = refusals.get(channel);
    if (before === null) return undefined;
    if (outcome.kind === 'accepted' || !outcome.isMalformed) {
      refusals.set(channel, null);
      return undefined;
    }
    const text = outcome.reason.replace(/\d+/g, '#');
    if (before !== undefined && before.text !== text) {
      refusals.set(channel, null);
      return undefined;
    }
    const count = (before?.count ?? 0) + 1;
    refusals.set(channel, { text, count });
    if (count < probation) return undefined;
    return new Failure(
      'failed',
      'bulk.refused',
      `the gateway refused the first ${probation} messages for the same reason: ${outcome.reason}`,
      outcome.hint,
    );
  };
}
