import { send } from '../../actions/send.ts';
import { consentNotes, dialectNotes } from '../../actions/send-flags.ts';
import { command } from '../../app/command.ts';
import { sendFlags } from '../../input/flags.ts';
import { deliveryColumns } from '../../views/delivery-columns.ts';

export default command({
  flags: sendFlags.rcs,
  columns: deliveryColumns,
  examples: [
    ['Send a template', 'send rcs --to +393901234567 --template template_123 --var name=Mario'],
    [
      'Fall back to SMS where there is no RCS',
      'send rcs --to +393901234567 --template template_123 --var name=Mario --fallback --message "Hello {name}"',
    ],
    [
      'Send an image with a text (platform dialect)',
      'send rcs --to +393901234567 --message "It is here" --media https://example.com/a.jpg --agent-id 10 --dialect platform',
    ],
  ],
  notes: `${dialectNotes} ${consentNotes}`,
  run: (values, context) => send('rcs', values, context),
});
