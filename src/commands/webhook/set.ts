import { yes } from '../../input/fields.ts';
import { form } from '../../input/listen-fields.ts';
import { callbackUrl } from '../../input/url-kinds.ts';
import { command } from '../command.ts';
import { isAgreed, settled } from '../listen/registering.ts';
import { printRows } from '../rows.ts';
import { namedWords } from '../templates/find.ts';
import { webhookColumns } from './columns.ts';

export default command({
  fields: { form, yes },
  operands: { placeholder: 'URL', summary: 'a public https address', many: false, needed: true },
  columns: webhookColumns,
  examples: [
    ['Have the gateway call an application', 'webhook set https://example.com/hooks/9f2c'],
    ['In the place of another, in a script', 'webhook set https://example.com/hooks/9f2c --yes'],
  ],
  notes:
    'One account has one address, for all channels. --form platform registers it the newer way, and its calls then have the newer shape.',
  async run(values, context, words) {
    const url = await callbackUrl.read(namedWords(words, ['URL']).URL);
    const webhooks = await context.webhooks();
    const found = await webhooks.get();
    if (found !== null && found !== url && !values.yes && !(await isAgreed(found, context))) {
      context.talk.note('nothing is changed');
      return 'ok';
    }
    await webhooks.set(url, values.form ?? 'partner');
    settled(context);
    if (found && found !== url) context.talk.note(`the gateway called ${found} before`);
    await printRows(webhookColumns, [{ url }], context);
    return 'ok';
  },
});
