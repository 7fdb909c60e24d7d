import type { Bulks, RowOutcome } from '../../ledger/api.ts';
import type { Bulk, StatusCount } from '../../message/bulk.ts';
import { applyEvent, newDelivery, reasonOf } from '../../message/delivery.ts';
import { isArrived, isFailed } from '../../message/event.ts';
import type { Phone } from '../../message/phone.ts';
import { DelayStats, measureDelay, type ReasonCount, ReasonStats } from '../../message/stats.ts';

/** The results of a bulk. */
export interface BulkReport extends BulkSummary {
  /** Why messages failed for good, the most frequent first. */
  reasons: readonly ReasonCount[];
  delays: DelayStats;
}

/** Builds the report of a bulk, page by page. `checkpoint` throws when the program is being stopped. */
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
    // Node handles signals between turns of the event loop; reading pages takes none.
    await new Promise(setImmediate);
  }
  return { ...(await summarizeBulk(bulk, bulks)), reasons: reasons.list(), delays };
}

/** Returns why a message failed. All rows of a bulk have the same channels, and the reason depends on nothing else. */
function reasonIn({ events }: RowOutcome, { id, common, createdAt }: Bulk): string | null {
  const plan = { id, to: '' as Phone, message: common };
  return reasonOf(events.reduce(applyEvent, newDelivery(plan, createdAt, id)));
}

/** State and counts of a bulk. */
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
