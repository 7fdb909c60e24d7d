import { canPrompt } from '../../actions/can-prompt.ts';
import { send } from '../../actions/send.ts';
import { consentNotes } from '../../actions/send-flags.ts';
import { command } from '../../app/command.ts';
import { fail } from '../../errors.ts';
import { sendFlags } from '../../input/flags.ts';
import { deliveryColumns } from '../../views/delivery-columns.ts';

export default command({
  flags: sendFlags.fallback,
  columns: deliveryColumns,
  examples: [
    [
      'Try WhatsApp, then RCS, then SMS, and watch',
      'send --fallback --to +393901234567 --message "Important update" --template template_123 --watch',
    ],
    [
      'Try the same in the sandbox',
      'send --fallback --to +393901230002 --message "Important update" --template template_123 --sandbox --watch',
    ],
  ],
  notes: `WhatsApp and RCS carry the template, SMS the text. When a channel fails, the gateway tries the next one. ${consentNotes}`,
  async run(values, context) {
    const whole = values.message.length > 0 && values.template.length > 0;
    if (values.file.length > 0) return send(values.fallback ? 'whatsapp' : undefined, values, context);
    if (!values.fallback || (!whole && canPrompt(context))) return send(undefined, values, context);
    if (values.message.length === 0)
      fail(
        'usage',
        'text.missing',
        '--message is missing: SMS has no templates',
        'add the text for SMS with --message TEXT',
      );
    if (values.template.length === 0)
      fail(
        'usage',
        'template.missing',
        '--template is missing: RCS needs an approved template',
        'add --template ID',
      );
    return send('whatsapp', values, context);
  },
});
