import { command } from '../../app/command.ts';
import { listed } from '../../services/bulk/report.ts';
import { fittingColumns, listedColumns } from '../../views/bulk-columns.ts';
import { isForEyes, printRows } from '../../views/rows.ts';

export default command({
  fields: {},
  columns: listedColumns,
  examples: [['The bulks of this profile, the newest first', 'bulk list']],
  async run(_, context) {
    const { bulks } = await context.ledger();
    const rows = await Promise.all((await bulks.list()).map((bulk) => listed(bulk, bulks)));
    if (rows.length === 0) context.talk.note('no bulks');
    const columns = isForEyes(context) ? fittingColumns(rows, context.io.stdout.columns) : listedColumns;
    await printRows(columns, rows, context);
    return 'ok';
  },
});
