import { check, checkNotes } from '../../actions/check.ts';
import { command } from '../../app/command.ts';
import { checkFlags } from '../../input/flags.ts';
import { columns } from '../../views/findings.ts';

export default command({
  flags: checkFlags.rcs,
  columns,
  examples: [
    [
      'Check a template and its values',
      'check rcs --to +393901234567 --template template_123 --var name=Mario',
    ],
  ],
  notes: checkNotes,
  run: (values, context) => check('rcs', values, context),
});
