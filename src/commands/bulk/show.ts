import { bulkOperand, findBulk } from '../../actions/find-bulk.ts';
import { rateLimits } from '../../actions/limits.ts';
import { command } from '../../app/command.ts';
import type { Context } from '../../app/context.ts';
import { repeatFlags } from '../../app/repeat-flags.ts';
import { Failure } from '../../errors.ts';
import type { Values } from '../../input/flag.ts';
import { interval, refreshOnce, status, timeout, wait, watch } from '../../input/flags.ts';
import type { Bulk } from '../../message/bulk.ts';
import { styleFor } from '../../output/style.ts';
import { buildReport, measureWorker } from '../../services/bulk/report.ts';
import { trackedBulk } from '../../services/bulk/tracked-bulk.ts';
import { refreshAll, track } from '../../services/track.ts';
import { concludeBulk, nextSteps } from '../../views/bulk-exit.ts';
import { printMessages } from '../../views/bulk-messages.ts';
import { progressView } from '../../views/bulk-progress.ts';
import { reportColumns, reportPage } from '../../views/bulk-report.ts';
import { isInteractive, printRows } from '../../views/rows.ts';

const flags = { wait, watch, interval, timeout, refresh: refreshOnce, status };

export default command({
  flags,
  operands: bulkOperand,
  columns: reportColumns,
  examples: [
    ['Show the result of a bulk, and why messages failed', 'bulk show 0193b2c4-7f1e-7c3a-9d2b-000000000000'],
    [
      'Follow a bulk that another terminal sends',
      'bulk show 0193b2c4-7f1e-7c3a-9d2b-000000000000 --watch --timeout 2h',
    ],
    [
      'Export the failed messages to a spreadsheet',
      'bulk show 0193b2c4-7f1e-7c3a-9d2b-000000000000 --status undelivered,expired,rejected --output csv',
    ],
  ],
  notes:
    'Shows what the ledger knows. --refresh asks the gateway about open messages once; --wait and --watch ask until they are final. With --status it prints messages instead, as `status` does.',
  async run(values, context, [id = '']) {
    const bulk = await findBulk(id, context);
    const follow = values.wait || values.watch;
    const problem = follow || values.refresh ? await ask(bulk, values, context) : undefined;
    if (values.status.length > 0) await printMessages(bulk, values.status, context);
    else await print(bulk, context);
    if (problem) throw problem;
    return follow ? concludeBulk(bulk, true, context) : 'ok';
  },
});

/** Asks the gateway about open messages. Resolves to a failure instead of rejecting, so that known data is printed first. */
async function ask(bulk: Bulk, values: Values<typeof flags>, context: Context): Promise<Failure | undefined> {
  const { notices, io } = context;
  const follow = values.wait || values.watch;
  context.setResumeHint(`\`qlara bulk show ${bulk.id}${repeatFlags(context)} --watch\` continues watching`);
  const deps = await context.deps();
  const { bulks } = deps.ledger;
  const messages = trackedBulk(bulk.id, () => rateLimits(bulk, context, deps.gateway.limit), deps);
  const options = {
    intervalMs: values.interval,
    deadline: deps.clock.monotonic() + values.timeout,
    isWanted: () => !context.outputClosed(),
  };
  const view = await progressView(
    bulk,
    { painted: isInteractive(context) || !io.stdout.isTTY, stays: false },
    context,
  );
  const stage = async () =>
    ({
      what: 'following',
      counts: await bulks.counts(bulk.id),
      underWay: 0,
      workers: (await bulks.workers(bulk.id)).map((one) => measureWorker(one, deps.clock.now())),
    }) as const;
  try {
    view.show(await stage());
    for await (const _ of follow ? track(messages, options, deps) : refreshAll(messages, options, deps))
      view.show(await stage());
  } catch (cause) {
    if (cause instanceof Failure && (cause.kind === 'gateway' || cause.kind === 'setup')) return cause;
    throw cause;
  } finally {
    view.end();
    notices.stopSpinner();
  }
  return undefined;
}

async function print(bulk: Bulk, context: Context): Promise<void> {
  const { io, clock, out, notices } = context;
  const { bulks } = await context.ledger();
  notices.startSpinner(`reading ${bulk.rows.toLocaleString('en')} messages`);
  const report = await buildReport(bulk, bulks, clock);
  notices.stopSpinner();
  if (!isInteractive(context)) return printRows(reportColumns, [report], context);
  out(reportPage(report, io.stdout.columns, await styleFor(io.stdout)));
  for (const step of await nextSteps(report, true, context)) notices.info(step);
}
