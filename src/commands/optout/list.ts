import { command } from '../command.ts';
import { printRows } from '../rows.ts';
import { optOutColumns } from './columns.ts';

export default command({
  fields: {},
  columns: optOutColumns,
  examples: [
    ['Who wants no messages, the latest first', 'optout list'],
    ['For another program', 'optout list --output csv --columns phone,at'],
  ],
  async run(_, context) {
    const rows = await (await context.ledger()).optOuts.list();
    if (rows.length === 0) context.talk.note('nobody has opted out');
    await printRows(optOutColumns, rows, context);
    return 'ok';
  },
});
