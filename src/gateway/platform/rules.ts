import type { Facts } from '../../errors.ts';
import type { RichContent } from '../../message/rich.ts';
import { type MessageProblem, type MessageRules, optionalFields } from '../../message/rules.ts';

/**
 * Each channel names its sender: SMS a sender ID, RCS an agent, WhatsApp a number of the account (vendor:
 * `guides/sms-universal`, `guides/rcs`, `guides/whatsapp`). RCS after WhatsApp needs the SMS after it
 * (`use-cases/UC-005`).
 */
export const rules: MessageRules = {
  carries: new Set(optionalFields),
  rcsNeedsNoTemplate: true,
  sharesTemplate: false,
  numbersTemplates: true,
  // The real address behind a tracked link (vendor: `api/send-whats-app-message`).
  isReservedValue: (name) => /^shortLinkT\d+$/.test(name),
  findProblems({ chain, text, template, rcsTemplate, rich, sender, agentId, phoneNumberId }) {
    const problems: MessageProblem[] = [];
    const add = (code: string, reason: string, facts?: Facts) =>
      problems.push({ code, reason, ...(facts && { facts }) });
    // A template of RCS has the SMS that follows it, with its sender.
    const needsSms = chain.includes('sms') && !(chain[0] === 'rcs' && (template !== null || hasOwnSms(rich)));
    if (needsSms && text === null && chain.length > 1 && (template !== null || rich))
      add('text.missing', 'SMS needs a text', { channel: 'sms' });
    if (chain.includes('whatsapp') && !phoneNumberId)
      add('phone-number.missing', 'WhatsApp needs the number to send from');
    if (chain.includes('rcs') && !agentId) add('agent.missing', 'RCS needs an agent');
    if (needsSms && sender === null) add('sender.missing', 'SMS needs a sender ID');
    for (const id of [template, rcsTemplate ?? null])
      if (id !== null && !/^\d+$/.test(id))
        add('template.not-number', `templates of this gateway have numbers, not ${id}`);
    return problems;
  },
};

/** Reports whether the content of a message has the SMS that follows it (vendor: `guides/templates-rcs`). */
function hasOwnSms(rich: RichContent | null | undefined): boolean {
  return rich?.kind === 'object' && rich.body.fallbackSms !== undefined;
}
