import { command } from '../../app/command.ts';
import { fail } from '../../errors.ts';
import { printRows } from '../../views/rows.ts';
import { webhookColumns } from '../../views/webhook.ts';

export default command({
  flags: {},
  columns: webhookColumns,
  examples: [['Show the registered URL', 'webhook show']],
  async run(_, context) {
    const url = await (await context.webhooks()).get();
    if (url === undefined)
      fail(
        'gateway',
        'webhook.untold',
        'this gateway does not tell which address it calls',
        'the dashboard does, under Settings',
      );
    if (url === null) context.notices.info('no address is registered');
    await printRows(webhookColumns, url === null ? [] : [{ url }], context);
    return 'ok';
  },
});
