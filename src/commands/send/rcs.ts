import { fallback, message, template } from '../../input/fields.ts';
import { command } from '../command.ts';
import { deliveryColumns } from '../delivery-columns.ts';
import { consentNotes } from './consent.ts';
import { send, sendFields, templateCheck } from './send.ts';

const { to, ...others } = sendFields;

export default command({
  fields: { to, template, ...others, check: templateCheck, fallback, message },
  columns: deliveryColumns,
  examples: [
    ['Send a template', 'send rcs --to +393901234567 --template template_123 --var name=Mario'],
    [
      'Send a text by SMS where there is no RCS',
      'send rcs --to +393901234567 --template template_123 --var name=Mario --fallback --message "Hello {name}"',
    ],
  ],
  notes: consentNotes,
  run: (values, context) => send('rcs', values, context),
});
