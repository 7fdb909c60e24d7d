import { forgetRegistration } from '../../actions/register-webhook.ts';
import { command } from '../../app/command.ts';
import { fail } from '../../errors.ts';
import { yes } from '../../input/flags.ts';
import { printRows } from '../../views/rows.ts';
import { webhookColumns } from '../../views/webhook.ts';

export default command({
  flags: { yes },
  columns: webhookColumns,
  examples: [['Remove the registered URL', 'webhook remove --yes']],
  async run({ yes }, context) {
    const { io, settings, notices } = context;
    const webhooks = await context.webhooks();
    const url = await webhooks.get();
    if (url === null) {
      notices.info('no webhook is registered');
      return 'ok';
    }
    if (!yes) {
      if (!(io.stdin.isTTY && io.stderr.isTTY && settings.input))
        fail('usage', 'confirm.missing', 'removing the webhook needs confirmation', 'add --yes');
      const question = url ? `Remove the webhook ${url}?` : 'Remove the webhook?';
      if (!(await (await context.ask()).confirm(question))) {
        notices.info('nothing changed');
        return 'declined';
      }
    }
    const removed = await webhooks.remove();
    forgetRegistration(context);
    if (!removed) notices.info('no webhook is registered');
    await printRows(webhookColumns, removed ? [{ url: url ?? null }] : [], context);
    return 'ok';
  },
});
