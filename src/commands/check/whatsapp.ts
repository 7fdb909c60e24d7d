import { check, checkNotes } from '../../actions/check.ts';
import { command } from '../../app/command.ts';
import { checkFlags } from '../../input/flags.ts';
import { columns } from '../../views/findings.ts';

export default command({
  flags: checkFlags.whatsapp,
  columns,
  examples: [
    [
      'Check a template and its values',
      'check whatsapp --template template_456 --var name=Mario --var code=123456',
    ],
    ['Check a free-form text', 'check whatsapp --to +393901234567 --message "Thank you, see you at ten"'],
  ],
  notes: checkNotes,
  run: (values, context) => check('whatsapp', values, context),
});
