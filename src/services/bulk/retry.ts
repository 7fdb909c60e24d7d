import { createHash } from 'node:crypto';
import type { Ledger } from '../../ledger/api.ts';
import type { Bulk, BulkRow, BulkSpec } from '../../message/bulk.ts';
import { isFinal } from '../../message/delivery.ts';
import type { Status } from '../../message/event.ts';
import { countSmsParts } from '../../message/message.ts';
import { findSendBlocks, isBlocking } from '../send-guard.ts';

/** What there was to be sent once more. */
export interface FailedRows {
  /** Messages that failed for good. */
  failed: number;
  /** Of those, how many an earlier retry has taken up. */
  before: number;
  parts: number;
  /** Texts in each encoding; none where nothing goes by SMS. */
  gsm7: number;
  ucs2: number;
  /** Left out, for they have opted out since or their window is closed; none where it is forced. */
  unwanted: number;
}

/**
 * Makes a bulk of those messages of another that failed for good and that no earlier retry has taken up, without
 * sending anything. Yields what it has found as it goes. Returns the new bulk; the one that another process has made
 * of the same in the meantime; or undefined where there is nothing to send.
 */
export async function* makeRetry(
  of: Bulk,
  statuses: readonly Status[],
  order: Omit<BulkSpec, 'common' | 'retryOf'>,
  ledger: Pick<Ledger, 'bulks' | 'optOuts' | 'inbounds'>,
): AsyncGenerator<Readonly<FailedRows>, { bulk: Bulk; isNew: boolean } | undefined> {
  const { bulks } = ledger;
  const found: FailedRows = { failed: 0, before: 0, parts: 0, gsm7: 0, ucs2: 0, unwanted: 0 };
  // Looked at first: a retry that is made meanwhile makes this one the same as it, below.
  const fingerprint = fingerprintOf(of, await bulks.list());
  const retried = await bulks.retriedRows(of.id);
  let begun = false;
  let sealed = false;
  try {
    for await (const page of bulks.rows(of.id, { statuses })) {
      const failed = page.filter(({ delivery }) => isFinal(delivery));
      const fresh = failed.filter(({ row }) => !retried.has(row));
      found.failed += failed.length;
      found.before += failed.length - fresh.length;
      const all = fresh.map(
        ({ row, delivery: { plan } }): BulkRow => ({
          to: plan.to,
          message: plan.message,
          id: null,
          origin: row,
        }),
      );
      const blocks = await findSendBlocks(all, ledger, order.createdAt, order.overrides);
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
        if (!begun) await bulks.begin({ ...order, common: of.common, retryOf: of.id });
        begun = true;
        await bulks.add(order.id, entries);
      }
      yield found;
    }
    if (!begun) return undefined;
    const made = await bulks.seal(order.id, fingerprint);
    sealed = true;
    return made;
  } finally {
    if (begun && !sealed) await bulks.drop(order.id);
  }
}

/** The same for two that are made at the same time of the same bulk, so that only one of them stands. */
function fingerprintOf({ id }: Bulk, all: readonly Bulk[]): string {
  const earlier = all.filter(({ retryOf }) => retryOf === id).map((one) => one.id);
  return createHash('sha256')
    .update(JSON.stringify(['retry', id, ...earlier.sort()]))
    .digest('hex');
}
