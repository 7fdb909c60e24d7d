import { readArguments } from '../../actions/find-template.ts';
import { confirmReplace, forgetRegistration, setWebhook } from '../../actions/register-webhook.ts';
import { command } from '../../app/command.ts';
import { form, yes } from '../../input/flags.ts';
import { callbackUrl } from '../../input/value-types.ts';
import { printRows } from '../../views/rows.ts';
import { webhookColumns } from '../../views/webhook.ts';

export default command({
  flags: { form, yes },
  operands: { placeholder: 'URL', summary: 'public https URL', many: false, required: true },
  columns: webhookColumns,
  examples: [
    ['Register the URL of an application', 'webhook set https://example.com/hooks/9f2c'],
    ['Replace the registered URL without confirmation', 'webhook set https://example.com/hooks/9f2c --yes'],
  ],
  notes:
    'An account has one URL for all channels. It is registered in the form of the profile’s dialect, and calls then have its format; --form chooses another. `qlara listen` reads the calls of every dialect.',
  async run(values, context, words) {
    const url = await callbackUrl.read(readArguments(words, ['URL']).URL);
    const webhooks = await context.webhooks(values.form);
    const found = await webhooks.get(true);
    const mayReplace =
      values.yes || found === url || (found !== null && (await confirmReplace(found, context)));
    const isRefused = found !== null && !mayReplace;
    if (isRefused || !(await setWebhook(url, mayReplace, webhooks, context))) {
      context.notices.info('nothing changed');
      return 'declined';
    }
    forgetRegistration(context);
    if (found && found !== url) context.notices.info(`replaced ${found}`);
    await printRows(webhookColumns, [{ url }], context);
    return 'ok';
  },
});
