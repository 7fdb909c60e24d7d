import { approveMore, requireConfirmation } from '../../actions/approve-bulk.ts';
import { bulkOperand, findBulk } from '../../actions/find-bulk.ts';
import { readOptOuts } from '../../actions/read-inbox.ts';
import { runBulk } from '../../actions/run-bulk.ts';
import { command } from '../../app/command.ts';
import { timeout, wait, watch, yes } from '../../input/flags.ts';
import { pickColumns } from '../../output/columns.ts';
import { deliveryColumns } from '../../views/delivery-columns.ts';

export default command({
  flags: { wait, watch, timeout, yes },
  operands: bulkOperand,
  columns: deliveryColumns,
  examples: [['Resume an interrupted bulk', 'bulk resume 0193b2c4-7f1e-7c3a-9d2b-000000000000 --yes']],
  notes:
    'First asks the gateway about messages in doubt; those it has are not sent again. Rate, concurrency and overrides are those of the first run. People who opted out since are left out; the inbox is read for that first.',
  async run(values, context, [id = '']) {
    const bulk = await findBulk(id, context);
    pickColumns(deliveryColumns, context.settings.columns);
    const { bulks } = await context.ledger();
    const { queued, doubt } = await bulks.countUnsettled(bulk.id);
    // With nothing left to send there is nothing to confirm.
    if (queued + doubt === 0) {
      context.notices.info('note: nothing is left to send');
      return runBulk(bulk, values, context);
    }
    requireConfirmation(values, context);
    await context.deps();
    await readOptOuts(context);
    const counts = await bulks.counts(bulk.id);
    if (!(await approveMore(bulk, counts, !values.yes, context))) {
      context.notices.info('nothing was sent');
      return 'declined';
    }
    return runBulk(bulk, values, context);
  },
});
