import { fallback, message, template } from '../../input/fields.ts';
import { command } from '../command.ts';
import { deliveryColumns } from '../delivery-columns.ts';
import { consentNotes } from './consent.ts';
import { send, sendFields, templateCheck } from './send.ts';

const { to, ...others } = sendFields;

export default command({
  fields: { to, template, message, ...others, check: templateCheck, fallback },
  columns: deliveryColumns,
  examples: [
    [
      'Send a template',
      'send whatsapp --to +393901234567 --template template_456 --var name=Mario --var code=123456',
    ],
    [
      'Answer within 24 hours of their last message',
      'send whatsapp --to +393901234567 --message "We are on our way"',
    ],
  ],
  notes: `Free-form text reaches a customer only within 24 hours of their last message; outside of that a template approved by Meta is needed. Where they are known to have written longer ago, the text is not sent. ${consentNotes}`,
  run: (values, context) => send('whatsapp', values, context),
});
