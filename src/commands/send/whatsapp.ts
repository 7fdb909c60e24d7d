import { send } from '../../actions/send.ts';
import { consentNotes } from '../../actions/send-flags.ts';
import { command } from '../../app/command.ts';
import { sendFlags } from '../../input/flags.ts';
import { deliveryColumns } from '../../views/delivery-columns.ts';

export default command({
  flags: sendFlags.whatsapp,
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
