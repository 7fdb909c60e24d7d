import type { Bulks, BulkWorker, RowOutcome } from '../../ledger/api.ts';
import type { Bulk, StatusCount } from '../../message/bulk.ts';
import { applyEvent, newDelivery, reasonOf } from '../../message/delivery.ts';
import { isArrived, isFailed } from '../../message/event.ts';
import { saysOptedOut } from '../../message/opt-out-reason.ts';
import type { Phone } from '../../message/phone.ts';
import { DelayStats, measureDelay, type ReasonCount, ReasonStats } from '../../message/stats.ts';
import type { Instant } from '../../message/time.ts';
import type { Clock } from '../deps.ts';

/** The results of a bulk. */
export interface BulkReport extends BulkSummary {
  /** The processes that send it now, the first to join first. */
  workers: readonly BulkWorkerReport[];
  /** Why messages failed for good, the most frequent first. */
  reasons: readonly ReasonCount[];
  delays: DelayStats;
}

/** Builds the report of a bulk, page by page. */
export async function buildReport(
  bulk: Bulk,
  bulks: Bulks,
  { now, checkpoint }: Pick<Clock, 'now' | 'checkpoint'>,
): Promise<BulkReport> {
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
  const workers = (await bulks.workers(bulk.id)).map((one) => measureWorker(one, now()));
  return { ...(await summarizeBulk(bulk, bulks)), workers, reasons: reasons.list(), delays };
}

/** Time after which a rate means something, in milliseconds. */
const minMeasuredMs = 500;

/** Adds the rate of a worker at an instant. */
export function measureWorker(worker: BulkWorker, now: Instant): BulkWorkerReport {
  const ms = now - worker.since;
  const rate = ms < minMeasuredMs ? null : Number(((worker.accepted * 1_000) / ms).toFixed(1));
  return { ...worker, rate };
}

/** Reports whether a message of the bulk failed for another reason than an opt-out, so that it can be sent again. */
export async function hasRetryable(bulk: Bulk, bulks: Bulks): Promise<boolean> {
  for await (const page of bulks.outcomes(bulk.id))
    for (const outcome of page)
      if (outcome.final && isFailed(outcome.status) && !saysOptedOut(reasonIn(outcome, bulk) ?? ''))
        return true;
  return false;
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

/** A process that sends a bulk, with its speed. */
export interface BulkWorkerReport extends BulkWorker {
  /** Messages a second that the gateway accepted from it since it began; null in its first moments. */
  rate: number | null;
}

export async function summarizeBulk(bulk: Bulk, bulks: Bulks): Promise<BulkSummary> {
  const counts = await bulks.counts(bulk.id);
  const { queued, doubt } = await bulks.countUnsettled(bulk.id);
  // Processes that wait for each other at the end have nothing more to send.
  const isDone = queued + doubt === 0;
  const state = isDone ? 'done' : (await bulks.isRunning(bulk.id)) ? 'running' : 'stopped';
  return { bulk, state, counts };
}
