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
        'this gateway does not report its webhook',
        'see Settings in the dashboard',
      );
    if (url === null) context.notices.info('no webhook is registered');
    await printRows(webhookColumns, url === null ? [] : [{ url }], context);
    return 'ok';
  },
});
