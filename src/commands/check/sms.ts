import { check, checkNotes } from '../../actions/check.ts';
import { command } from '../../app/command.ts';
import { checkFlags } from '../../input/flags.ts';
import { columns } from '../../views/findings.ts';

export default command({
  flags: checkFlags.sms,
  columns,
  examples: [
    ['Check a text and a number', 'check sms --to +393901234567 --message "Your code is 123456"'],
    ['Check every row of a file', 'check sms --file contacts.csv --message "Ciao {name}, it is ready"'],
  ],
  notes: checkNotes,
  run: (values, context) => check('sms', values, context),
});
