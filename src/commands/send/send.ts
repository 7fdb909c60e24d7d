import { canPrompt } from '../../actions/can-prompt.ts';
import { send } from '../../actions/send.ts';
import { consentNotes, dialectNotes } from '../../actions/send-flags.ts';
import { command } from '../../app/command.ts';
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
  notes: `WhatsApp and RCS carry the template, SMS the text; in the platform dialect RCS has a template of its own (--rcs-template) or carries the text. When a channel fails, the gateway tries the next one. ${dialectNotes} ${consentNotes}`,
  async run(values, context) {
    const { rcsNeedsNoTemplate } = await context.messageRules();
    const isWhole = values.message.length > 0 && (values.template.length > 0 || rcsNeedsNoTemplate);
    const isChain = values.fallback && (isWhole || values.file.length > 0 || !canPrompt(context));
    return send(isChain ? 'whatsapp' : undefined, { ...values, needsBoth: values.fallback }, context);
  },
});
