import type { RichContent } from '../../message/rich.ts';
import { type MessageRules, type MissingValue, optionalFields } from '../../message/rules.ts';

/**
 * Each channel names its sender: SMS a sender ID, RCS an agent, WhatsApp a number of the account (vendor:
 * `guides/sms-universal`, `guides/rcs`, `guides/whatsapp`). RCS after WhatsApp needs the SMS after it
 * (`use-cases/UC-005`).
 */
export const rules: MessageRules = {
  carries: new Set(optionalFields),
  rcsNeedsNoTemplate: true,
  sharesTemplate: false,
  findMissing({ chain, text, template, rich, sender, agentId, phoneNumberId }) {
    const missing: MissingValue[] = [];
    const add = (code: string, reason: string) => missing.push({ code, reason });
    // A template of RCS has the SMS that follows it, with its sender.
    const needsSms = chain.includes('sms') && !(chain[0] === 'rcs' && (template !== null || hasOwnSms(rich)));
    if (needsSms && text === null && chain.length > 1 && (template !== null || rich))
      missing.push({ code: 'text.missing', reason: 'SMS needs a text', facts: { channel: 'sms' } });
    if (chain.includes('whatsapp') && !phoneNumberId)
      add('phone-number.missing', 'WhatsApp needs the number to send from');
    if (chain.includes('rcs') && !agentId) add('agent.missing', 'RCS needs an agent');
    if (needsSms && sender === null) add('sender.missing', 'SMS needs a sender ID');
    return missing;
  },
};

/** Reports whether the content of a message has the SMS that follows it (vendor: `guides/templates-rcs`). */
function hasOwnSms(rich: RichContent | null | undefined): boolean {
  return rich?.kind === 'object' && rich.body.fallbackSms !== undefined;
}
