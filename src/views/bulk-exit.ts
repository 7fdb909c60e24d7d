import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { type ExitKind, fail } from '../errors.ts';
import type { Bulk } from '../message/bulk.ts';
import { isFailed } from '../message/event.ts';
import { formatNumber, pluralize, sumCounts } from '../output/units.ts';
import { type BulkSummary, hasRetryable } from '../services/bulk/report.ts';

/**
 * Returns the exit kind of a bulk from the statuses of its messages. Messages that are not final count only if the run
 * waited for them. @throws Failure `wait.timeout`, `wait.not-sent`, `send.in-doubt`
 */
export async function concludeBulk({ id, rows }: Bulk, waited: boolean, context: Context): Promise<ExitKind> {
  const { bulks } = await context.ledger();
  const counts = await bulks.counts(id);
  const failed = sumCounts(counts.filter(({ final, status }) => final && isFailed(status)));
  const open = counts.filter(({ final }) => !final);
  const isRunning = await bulks.isRunning(id);
  const { doubt } = isRunning ? { doubt: 0 } : await bulks.countUnsettled(id);
  if (doubt > 0 && waited) failBulkInDoubt(id, doubt, context);
  if (failed > 0) {
    // The exit code stands for the failures, so a note says that the wait timed out.
    if (waited && open.length > 0 && !context.outputClosed())
      context.notices.info(
        `timed out: ${formatNumber(sumCounts(open))} of ${pluralize(rows, 'message')} not final`,
      );
    return 'failed';
  }
  if (!waited || open.length === 0 || context.outputClosed()) return 'ok';
  const flags = repeatFlags(context);
  if (open.every(({ status }) => status === 'queued') && !isRunning)
    fail(
      'pending',
      'wait.not-sent',
      `${formatNumber(sumCounts(open))} of ${pluralize(rows, 'message')} not sent yet`,
      `\`qlara bulk resume ${id}${flags}\` sends the rest`,
    );
  return fail(
    'pending',
    'wait.timeout',
    `timed out: ${formatNumber(sumCounts(open))} of ${pluralize(rows, 'message')} not final`,
    `\`qlara bulk show ${id}${flags} --watch\` continues waiting`,
  );
}

/** @throws Failure `send.in-doubt` */
function failBulkInDoubt(id: string, doubt: number, context: Context): never {
  return fail(
    'doubt',
    'send.in-doubt',
    `${pluralize(doubt, 'message')} may have been sent; there is no proof either way`,
    doubtHint(id, repeatFlags(context)),
  );
}

/** Says how to settle the messages of a bulk that are in doubt. */
export function doubtHint(id: string, flags: string): string {
  return `\`qlara bulk resume ${id}${flags}\` asks the gateway again; \`qlara resolve --bulk ${id}${flags} --sent --reason TEXT\` (or --not-sent) settles them by hand`;
}

/** Suggests the next commands for a bulk. `knowsWhy` is true if the reasons of failures were already shown. */
export async function nextSteps(
  { bulk, state, counts }: BulkSummary,
  knowsWhy: boolean,
  context: Context,
): Promise<string[]> {
  const { id } = bulk;
  const { bulks } = await context.ledger();
  const flags = repeatFlags(context);
  const failed = sumCounts(counts.filter(({ final, status }) => final && isFailed(status)));
  const underWay = sumCounts(
    counts.filter(({ final, status }) => !final && status !== 'queued' && status !== 'unknown'),
  );
  return [
    ...(state === 'stopped' ? [`\`qlara bulk resume ${id}${flags}\` sends the rest`] : []),
    ...(state === 'running' ? [`\`qlara bulk show ${id}${flags} --watch\` follows it`] : []),
    ...(state !== 'running' && underWay > 0
      ? [`\`qlara bulk show ${id}${flags} --watch\` asks the gateway about open messages`]
      : []),
    ...(failed > 0 && !knowsWhy
      ? [`${pluralize(failed, 'message')} failed: \`qlara bulk show ${id}${flags}\` shows why`]
      : []),
    ...(failed > 0 && underWay === 0 && state === 'done' && (await hasRetryable(bulk, bulks))
      ? [`\`qlara bulk retry ${id}${flags}\` sends the failed messages again`]
      : []),
  ];
}
