import { bulkOperand, findBulk } from '../../actions/find-bulk.ts';
import { command } from '../../app/command.ts';
import type { Context } from '../../app/context.ts';
import { repeatFlags } from '../../app/repeat-flags.ts';
import type { Bulk } from '../../message/bulk.ts';
import { clean } from '../../output/clean.ts';
import { summarizeBulk } from '../../services/bulk/report.ts';
import { listedColumns } from '../../views/bulk-columns.ts';
import { printRecord } from '../../views/rows.ts';

/** Time after which a note says who is still at work, in milliseconds. */
const noteAfterMs = 3_000;

/** Waits until all processes that send a bulk have noticed a stop, finished their requests and left. */
async function waitForWorkers({ id }: Bulk, { ledger, clock, notices }: Context): Promise<void> {
  const { bulks } = await ledger();
  const noteAt = clock.monotonic() + noteAfterMs;
  for (let isNoted = false; await bulks.isRunning(id); await clock.sleep(100)) {
    if (isNoted || clock.monotonic() < noteAt) continue;
    isNoted = true;
    const names = (await bulks.workers(id)).map(({ host, pid }) => `${clean(host)} (pid ${pid})`);
    notices.info(`waiting for ${names.join(', ')} to finish requests`);
  }
}

export default command({
  flags: {},
  operands: bulkOperand,
  columns: listedColumns,
  examples: [['Stop a bulk on all machines that send it', 'bulk stop 0193b2c4-7f1e-7c3a-9d2b-000000000000']],
  async run(_, context, [id = '']) {
    const bulk = await findBulk(id, context);
    const { bulks } = await context.ledger();
    await bulks.stop(bulk.id, true);
    await waitForWorkers(bulk, context);
    const stopped = await summarizeBulk(bulk, bulks);
    await printRecord(listedColumns, stopped, context);
    if (stopped.state === 'done') context.notices.info('nothing was left to stop');
    else context.notices.info(`\`qlara bulk resume ${bulk.id}${repeatFlags(context)}\` resumes it`);
    return 'ok';
  },
});
