import { command } from '../command.ts';
import { printRows } from '../rows.ts';
import { listed, listedColumns } from './listed.ts';

export default command({
  fields: {},
  columns: listedColumns,
  examples: [['The bulks of this profile, the newest first', 'bulk list']],
  async run(_, context) {
    const { bulks } = await context.ledger();
    const rows = await Promise.all((await bulks.list()).map((bulk) => listed(bulk, bulks)));
    if (rows.length === 0) context.talk.note('no bulks');
    await printRows(listedColumns, rows, context);
    return 'ok';
  },
});
