import { check, checkNotes } from '../../actions/check.ts';
import { command } from '../../app/command.ts';
import { checkFlags } from '../../input/flags.ts';
import { columns } from '../../views/findings.ts';

export default command({
  flags: checkFlags.any,
  columns,
  examples: [
    ['Count the parts of a text, and find costly characters', 'check --message "It’s ready"'],
    ['Validate numbers', 'check --to +393901234567,+390612345678'],
    ['Check a template and its values', 'check --template template_456 --var name=Mario --var code=1'],
    [
      'Check every row of a file, with one text for all',
      'check sms --file contacts.csv --message "Dear {name}, it is ready"',
    ],
    ['Read the numbers from another column', 'check --file contacts.csv --map to=Casa --country IT'],
  ],
  notes: `Without a channel, reports what a send would refuse on a channel that fits: SMS for a text, RCS and WhatsApp for a template that they have, all three in turn for both. ${checkNotes}`,
  run: (values, context) => check(undefined, values, context),
});
