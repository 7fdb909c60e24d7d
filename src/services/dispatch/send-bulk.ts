import type { BulkRun } from '../../ledger/api.ts';
import type { Limit } from '../../message/rate-limit.ts';
import type { Deps } from '../deps.ts';
import type { BreakerPolicy } from './circuit-breaker.ts';
import { gatewayChannel } from './deliver.ts';
import { Dispatcher, type DispatchProgress } from './dispatcher.ts';
import { detectUniformRefusal } from './refusal-detector.ts';
import { SharedBulk } from './shared-bulk.ts';

export interface SendBulkOptions {
  /** The limits that hold now, which the gateway may change; null for none. */
  limits(): readonly Limit[] | null;
  /** Requests under way at once, at most. */
  concurrency: number;
  /** How many equal refusals at the start stop sending; 0 for no such check. */
  probation: number;
}

/** A bulk, which may run unattended for hours. */
export const bulkPolicy: BreakerPolicy = {
  maxOutageMs: 300_000,
  maxTotalWaitMs: Infinity,
  maxUnreachableMs: 10_000,
  maxRetries: Infinity,
};

/** How often a row is sent without a clear answer before the gateway counts as failing. */
const maxUnclearSends = 5;

/**
 * Sends the rest of bulk `id` and settles its messages in doubt, each message at most once; yields the changes. While other
 * processes send the bulk too, goes on until nothing is left in their hands that it might have to take over.
 * @throws Failure as `Dispatcher.run`
 */
export async function* sendBulk(
  id: string,
  run: BulkRun,
  { limits, concurrency, probation }: SendBulkOptions,
  deps: Deps,
): AsyncGenerator<DispatchProgress> {
  let hint: string | undefined;
  yield* new Dispatcher(
    new SharedBulk(run, id, deps),
    gatewayChannel(deps),
    {
      limits,
      concurrency,
      breaker: bulkPolicy,
      maxUnclearSends,
      releasesUnsent: false,
      detectRefusal: detectUniformRefusal(probation),
      onOutcome(_, outcome) {
        if (outcome.kind === 'refused') hint ??= outcome.hint;
      },
    },
    deps,
  ).run();
  if (hint !== undefined) deps.note(`hint: ${hint}`);
}
