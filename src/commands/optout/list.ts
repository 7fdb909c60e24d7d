import { command } from '../../app/command.ts';
import { optOutColumns } from '../../views/opt-outs.ts';
import { printRows } from '../../views/rows.ts';

export default command({
  flags: {},
  columns: optOutColumns,
  examples: [
    ['List opt-outs', 'optout list'],
    ['Export opt-outs as CSV', 'optout list --output csv --columns phone,at'],
  ],
  async run(_, context) {
    const rows = await (await context.ledger()).optOuts.list();
    if (rows.length === 0) context.notices.info('no opt-outs');
    await printRows(optOutColumns, rows, context);
    return 'ok';
  },
});
