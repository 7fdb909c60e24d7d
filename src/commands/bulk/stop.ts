import { bulkOperand, findBulk } from '../../actions/find-bulk.ts';
import { command } from '../../app/command.ts';
import { repeatFlags } from '../../app/repeat-flags.ts';
import { summarizeBulk } from '../../services/bulk/report.ts';
import { listedColumns } from '../../views/bulk-columns.ts';
import { printRecord } from '../../views/rows.ts';

export default command({
  flags: {},
  operands: bulkOperand,
  columns: listedColumns,
  examples: [['Stop a bulk that another terminal sends', 'bulk stop 0193b2c4-7f1e-7c3a-9d2b-000000000000']],
  async run(_, context, [id = '']) {
    const bulk = await findBulk(id, context);
    const { bulks } = await context.ledger();
    await bulks.stop(bulk.id, true);
    // The sending process notices the request when it claims its next messages.
    while (await bulks.isRunning(bulk.id)) await context.clock.sleep(100);
    const stopped = await summarizeBulk(bulk, bulks);
    await printRecord(listedColumns, stopped, context);
    if (stopped.state === 'done') context.notices.info('nothing was left to stop');
    else context.notices.info(`\`qlara bulk resume ${bulk.id}${repeatFlags(context)}\` resumes it`);
    return 'ok';
  },
});
