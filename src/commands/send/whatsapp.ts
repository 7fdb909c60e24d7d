import { send } from '../../actions/send.ts';
import { consentNotes, dialectNotes } from '../../actions/send-flags.ts';
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
      'Send a text within 24 hours of the last inbound message',
      'send whatsapp --to +393901234567 --message "We are on our way"',
    ],
  ],
  notes: `WhatsApp accepts free-form text only within 24 hours of the customer’s last message; after that, send a template approved by Meta. If the window is known to be closed, the text is not sent. ${dialectNotes} ${consentNotes}`,
  run: (values, context) => send('whatsapp', values, context),
});
