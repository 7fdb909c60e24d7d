import { templateWords } from '../../actions/find-template.ts';
import { confirmReplace, reportRegistration } from '../../actions/register-webhook.ts';
import { command } from '../../app/command.ts';
import { form, yes } from '../../input/flags.ts';
import { callbackUrl } from '../../input/value-types.ts';
import { printRows } from '../../views/rows.ts';
import { webhookColumns } from '../../views/webhook.ts';

export default command({
  flags: { form, yes },
  operands: { placeholder: 'URL', summary: 'a public https address', many: false, needed: true },
  columns: webhookColumns,
  examples: [
    ['Have the gateway call an application', 'webhook set https://example.com/hooks/9f2c'],
    ['In the place of another, in a script', 'webhook set https://example.com/hooks/9f2c --yes'],
  ],
  notes:
    'One account has one address, for all channels. --form platform registers it the newer way, and its calls then have the newer shape.',
  async run(values, context, words) {
    const url = await callbackUrl.read(templateWords(words, ['URL']).URL);
    const webhooks = await context.webhooks();
    const found = await webhooks.get();
    if (found !== null && found !== url && !values.yes && !(await confirmReplace(found, context))) {
      context.notices.info('nothing is changed');
      return 'ok';
    }
    await webhooks.set(url, values.form ?? 'partner');
    reportRegistration(context);
    if (found && found !== url) context.notices.info(`the gateway called ${found} before`);
    await printRows(webhookColumns, [{ url }], context);
    return 'ok';
  },
});
