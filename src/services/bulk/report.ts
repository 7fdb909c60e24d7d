import type { Bulks, Outcome } from '../../ledger/api.ts';
import type { Bulk, Count } from '../../message/bulk.ts';
import { begun, fold, reasonOf } from '../../message/delivery.ts';
import { isArrived, isFailed } from '../../message/event.ts';
import type { Phone } from '../../message/phone.ts';
import { Delays, delayOf, type Reason, Reasons } from '../../message/stats.ts';

/** What became of a bulk. */
export interface Report extends Listed {
  /** Why messages failed for good, the most frequent first. */
  reasons: readonly Reason[];
  delays: Delays;
}

/** Reads a bulk through, in pages. `checkpoint` throws when the program is being stopped. */
export async function reportOf(bulk: Bulk, bulks: Bulks, checkpoint: () => void): Promise<Report> {
  const reasons = new Reasons();
  const delays = new Delays();
  for await (const page of bulks.outcomes(bulk.id)) {
    for (const outcome of page) {
      const { status, final, channel, events } = outcome;
      if (final && isFailed(status)) reasons.add(reasonIn(outcome, bulk), channel);
      else if (isArrived(status)) {
        const delay = delayOf(events);
        if (delay !== undefined) delays.add(delay);
      }
    }
    checkpoint();
    // Signals are heard between two turns only, and the pages come without any.
    await new Promise(setImmediate);
  }
  return { ...(await listed(bulk, bulks)), reasons: reasons.list(), delays };
}

/** All rows of a bulk go through the same channels, which is all that the reason depends on. */
function reasonIn({ events }: Outcome, { id, common, createdAt }: Bulk): string | null {
  const nobody = { id, to: '' as Phone, message: common };
  return reasonOf(events.reduce(fold, begun(nobody, createdAt, id)));
}

/** A bulk in one line. */
export interface Listed {
  bulk: Bulk;
  state: 'running' | 'stopped' | 'done';
  counts: readonly Count[];
}

export async function listed(bulk: Bulk, bulks: Bulks): Promise<Listed> {
  const counts = await bulks.counts(bulk.id);
  const { queued, doubt } = await bulks.left(bulk.id);
  const state = (await bulks.isRunning(bulk.id)) ? 'running' : queued + doubt > 0 ? 'stopped' : 'done';
  return { bulk, state, counts };
}
