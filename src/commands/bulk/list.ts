import { command } from '../../app/command.ts';
import { summarizeBulk } from '../../services/bulk/report.ts';
import { fittingColumns, listedColumns } from '../../views/bulk-columns.ts';
import { isInteractive, printRows } from '../../views/rows.ts';

export default command({
  flags: {},
  columns: listedColumns,
  examples: [['List the bulks of this profile', 'bulk list']],
  async run(_, context) {
    const { bulks } = await context.ledger();
    const rows = await Promise.all((await bulks.list()).map((bulk) => summarizeBulk(bulk, bulks)));
    if (rows.length === 0) context.notices.info('no bulks');
    const columns = isInteractive(context) ? fittingColumns(rows, context.io.stdout.columns) : listedColumns;
    await printRows(columns, rows, context);
    return 'ok';
  },
});
