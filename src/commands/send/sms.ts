import { send } from '../../actions/send.ts';
import { consentNotes, dialectNotes, fileNotes } from '../../actions/send-flags.ts';
import { command } from '../../app/command.ts';
import { sendFlags } from '../../input/flags.ts';
import { deliveryColumns } from '../../views/delivery-columns.ts';

export default command({
  flags: sendFlags.sms,
  columns: deliveryColumns,
  examples: [
    ['Send an SMS', 'send sms --to +393901234567 --message "Your code is 123456"'],
    ['Read the text from standard input', 'send sms --to +393901234567 --from ACME --message - < notice.txt'],
    ['Wait until the message is delivered', 'send sms --to +393901234567 --message "Doors open at 9" --wait'],
    [
      'Have the gateway send it in two hours (platform dialect)',
      'send sms --to +393901234567 --from ACME --message "Doors open at 9" --at +2h --dialect platform',
    ],
    [
      'Send one message per row of a file',
      'send sms --file contacts.csv --message "Ciao {name}, it is ready"',
    ],
  ],
  notes: `${fileNotes} ${dialectNotes} ${consentNotes}`,
  run: (values, context) => send('sms', values, context),
});
