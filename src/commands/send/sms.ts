import { send } from '../../actions/send.ts';
import { consentNotes, fileNotes } from '../../actions/send-flags.ts';
import { command } from '../../app/command.ts';
import { sendFlags } from '../../input/flags.ts';
import { deliveryColumns } from '../../views/delivery-columns.ts';

export default command({
  flags: sendFlags.sms,
  columns: deliveryColumns,
  examples: [
    ['Send a code', 'send sms --to +393901234567 --message "Your code is 123456"'],
    ['Send what another program says', 'send sms --to +393901234567 --from ACME --message - < notice.txt'],
    ['Wait until it is on the phone', 'send sms --to +393901234567 --message "Doors open at 9" --wait'],
    ['Send to everybody in a file', 'send sms --file contacts.csv --message "Ciao {name}, it is ready"'],
  ],
  notes: `${fileNotes} ${consentNotes}`,
  run: (values, context) => send('sms', values, context),
});
