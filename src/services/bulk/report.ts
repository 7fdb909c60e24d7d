import type { Bulks, RowOutcome } from '../../ledger/api.ts';
import type { Bulk, StatusCount } from '../../message/bulk.ts';
import { applyEvent, newDelivery, reasonOf } from '../../message/delivery.ts';
import { isArrived, isFailed } from '../../message/event.ts';
import type { Phone } from '../../message/phone.ts';
import { DelayStats, measureDelay, type ReasonCount, ReasonStats } from '../../message/stats.ts';

/** What became of a bulk. */
export interface BulkReport extends BulkSummary {
  /** Why messages failed for good, the most frequent first. */
  reasons: readonly ReasonCount[];
  delays: DelayStats;
}

/** Reads a bulk through, in pages. `checkpoint` throws when the program is being stopped. */
export async function buildReport(bulk: Bulk, bulks: Bulks, checkpoint: () => void): Promise<BulkReport> {
  const reasons = new ReasonStats();
  const delays = new DelayStats();
  for await (const page of bulks.outcomes(bulk.id)) {
    for (const outcome of page) {
      const { status, final, channel, events } = outcome;
      if (final && isFailed(status)) reasons.add(reasonIn(outcome, bulk), channel);
      else if (isArrived(status)) {
        const delay = measureDelay(events);
        if (delay !== undefined) delays.add(delay);
      }
    }
    checkpoint();
    // Signals are heard between two turns only, and the pages come without any.
    await new Promise(setImmediate);
  }
  return { ...(await summarizeBulk(bulk, bulks)), reasons: reasons.list(), delays };
}

/** All rows of a bulk go through the same channels, which is all that the reason depends on. */
function reasonIn({ events }: RowOutcome, { id, common, createdAt }: Bulk): string | null {
  const nobody = { id, to: '' as Phone, message: common };
  return reasonOf(events.reduce(applyEvent, newDelivery(nobody, createdAt, id)));
}

/** A bulk in one line. */
export interface BulkSummary {
  bulk: Bulk;
  state: 'running' | 'stopped' | 'done';
  counts: readonly StatusCount[];
}

export async function summarizeBulk(bulk: Bulk, bulks: Bulks): Promise<BulkSummary> {
  const counts = await bulks.counts(bulk.id);
  const { queued, doubt } = await bulks.countUnsettled(bulk.id);
  const state = (await bulks.isRunning(bulk.id)) ? 'running' : queued + doubt > 0 ? 'stopped' : 'done';
  return { bulk, state, counts };
}
