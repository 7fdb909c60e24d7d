import { createHash } from 'node:crypto';
import type { Ledger } from '../../ledger/api.ts';
import type { Bulk, BulkRow, BulkSpec } from '../../message/bulk.ts';
import { isFinal } from '../../message/delivery.ts';
import type { Status } from '../../message/event.ts';
import { countSmsParts, type Message } from '../../message/message.ts';
import { findSendBlocks, isBlocking } from '../send-guard.ts';

/** Counts of the rows that a retry sends. */
export interface FailedRows {
  /** Messages that failed for good. */
  failed: number;
  /** Failed messages that an earlier retry already sends. */
  before: number;
  parts: number;
  /** Texts in each encoding; zero unless SMS is among the channels. */
  gsm7: number;
  ucs2: number;
  /** Rows left out because of an opt-out or a closed window, unless overridden. */
  unwanted: number;
}

/**
 * Records a bulk of the messages of another bulk that failed for good and are in no earlier retry; sends nothing. Yields
 * the counts after each page. `prepare` adapts each message to the present. Returns the new bulk; the same retry if another process has made it meanwhile; or
 * undefined if there is nothing to send.
 */
export async function* makeRetry(
  of: Bulk,
  statuses: readonly Status[],
  spec: Omit<BulkSpec, 'common' | 'retryOf'>,
  prepare: (message: Message) => Message,
  ledger: Pick<Ledger, 'bulks' | 'optOuts' | 'inbounds'>,
): AsyncGenerator<Readonly<FailedRows>, { bulk: Bulk; isNew: boolean } | undefined> {
  const { bulks } = ledger;
  const found: FailedRows = { failed: 0, before: 0, parts: 0, gsm7: 0, ucs2: 0, unwanted: 0 };
  // Listed before the rows are read: a retry made meanwhile then has the same fingerprint as this one.
  const fingerprint = fingerprintOf(of, await bulks.list());
  const retried = await bulks.retriedRows(of.id);
  let hasBegun = false;
  let isSealed = false;
  try {
    for await (const page of bulks.rows(of.id, { statuses })) {
      const failed = page.filter(({ delivery }) => isFinal(delivery));
      const fresh = failed.filter(({ row }) => !retried.has(row));
      found.failed += failed.length;
      found.before += failed.length - fresh.length;
      const all = fresh.map(
        ({ row, delivery: { plan } }): BulkRow => ({
          to: plan.to,
          message: prepare(plan.message),
          id: null,
          origin: row,
        }),
      );
      const blocks = await findSendBlocks(all, ledger, spec.createdAt, spec.overrides);
      const entries = all.filter((entry) => {
        const block = blocks.get(entry);
        return block === undefined || !isBlocking(block);
      });
      found.unwanted += all.length - entries.length;
      for (const { message } of entries) {
        const sms = countSmsParts(message);
        found.parts += sms?.parts ?? 0;
        if (sms) found[sms.encoding]++;
      }
      if (entries.length > 0) {
        if (!hasBegun) await bulks.begin({ ...spec, common: of.common, retryOf: of.id });
        hasBegun = true;
        await bulks.add(spec.id, entries);
      }
      yield found;
    }
    if (!hasBegun) return undefined;
    const result = await bulks.seal(spec.id, fingerprint);
    isSealed = true;
    return result;
  } finally {
    if (hasBegun && !isSealed) await bulks.drop(spec.id);
  }
}

/** Returns the same fingerprint for two concurrent retries of one bulk, so that only one of them is kept. */
function fingerprintOf({ id }: Bulk, all: readonly Bulk[]): string {
  const earlier = all.filter(({ retryOf }) => retryOf === id).map((one) => one.id);
  return createHash('sha256')
    .update(JSON.stringify(['retry', id, ...earlier.sort()]))
    .digest('hex');
}
