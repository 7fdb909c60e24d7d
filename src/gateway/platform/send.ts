import type { ChannelName } from '../../message/channels/channel.ts';
import type { Message, Plan } from '../../message/message.ts';
import { listRoutes, type MessageRoute } from '../../message/routes.ts';
import { countParts } from '../../message/sms.ts';
import type { Instant } from '../../message/time.ts';
import type { SendCall } from '../dialect.ts';
import { writeNumber, writeRcsContent, writeWhatsappContent, writeWhatsappTemplate } from './content.ts';
import { rules } from './rules.ts';

type Body = Record<string, unknown>;

/** Parts allowed for the SMS that a template of RCS has itself, since qlara does not see its text. */
const maxTemplateSmsParts = 10;

/** A campaign label is cut to this length, in characters (vendor: `guides/sms-universal`). */
const maxCampaignLength = 255;

/**
 * Writes the call that sends a message: to the channel that it enters at, with the later ones in fallback objects (vendor:
 * `guides/sms-universal`, `guides/rcs`, `guides/whatsapp`, `use-cases/UC-005`).
 */
export function send({ id, to, message }: Plan): SendCall {
  const { simulation, scheduledAt, campaign } = message;
  const [first, ...later] = listRoutes(message, rules);
  const channel = message.chain[0] as ChannelName;
  return {
    path: `/message-server/${channel}/send`,
    body: {
      destination: to,
      ...(first && writers[channel](first, later, message)),
      messageId: id,
      ...(simulation && { simulation }),
      ...(scheduledAt != null && { scheduledDate: formatDate(scheduledAt) }),
      ...(campaign != null && { campaignId: [...campaign].slice(0, maxCampaignLength).join('') }),
    },
  };
}

type Writer = (first: MessageRoute, later: readonly MessageRoute[], message: Message) => Body;

const writers: Readonly<Record<ChannelName, Writer>> = {
  sms: ({ content, sender }, _, { smsOnly }) => ({
    sender,
    // The text has its values: placeholders beside it would be looked for in them again.
    body: content.kind === 'text' ? content.text : '',
    ...(smsOnly && { skipRcsOverride: true }),
  }),

  rcs({ content }, later, message) {
    const sms = later.find(({ channel }) => channel === 'sms');
    // Without this number the gateway sends no SMS (vendor: the collection `rcs-send`).
    const limit = message.chain.includes('sms') ? { maxSmsParts: countFallbackParts(sms) } : {};
    return { ...writeRcs(content, message, sms), ...limit };
  },

  whatsapp({ content }, later, message) {
    const find = (channel: ChannelName) => later.find((route) => route.channel === channel);
    const [rcs, sms] = [find('rcs'), find('sms')];
    return {
      phoneNumberId: writeNumber(message.phoneNumberId ?? ''),
      ...(content.kind === 'template'
        ? { template: writeWhatsappTemplate(content.template), ...writeValues(content.variables) }
        : { body: writeWhatsappContent(content) }),
      ...(rcs && { fallbackRcs: writeRcs(rcs.content, message) }),
      ...(sms && { fallbackSms: writeSms(sms) }),
    };
  },
};

/** Writes agent and content of RCS. In inline content stands the SMS that follows it (vendor: `guides/templates-rcs`). */
function writeRcs(content: MessageRoute['content'], { agentId }: Message, sms?: MessageRoute): Body {
  if (content.kind === 'template')
    return { agentId, templateId: writeNumber(content.template), ...writeValues(content.variables) };
  const { type, body } = writeRcsContent(content);
  const inner = body as Body;
  const fallbackSms = sms && !inner.fallbackSms ? { fallbackSms: writeSms(sms) } : {};
  return { agentId, body: { type, body: { ...inner, ...fallbackSms } } };
}

function writeSms({ content, sender }: MessageRoute): Body {
  return { sender, text: content.kind === 'text' ? content.text : '' };
}

/** Returns the parts of the SMS after RCS, since the gateway cuts or refuses a longer one. */
function countFallbackParts(sms: MessageRoute | undefined): number {
  return sms?.content.kind === 'text' ? countParts(sms.content.text).parts : maxTemplateSmsParts;
}

function writeValues(variables: Message['variables']): Body {
  return Object.keys(variables).length > 0 ? { placeholders: variables } : {};
}

/**
 * Formats a time in UTC as the vendor's `yyyy-MM-dd HH:mm:ss.SSSZ`: a blank, three decimals, and an offset without a colon
 * (`guides/sms-universal`).
 */
function formatDate(instant: Instant): string {
  return new Date(instant).toISOString().replace('T', ' ').replace('Z', '+0000');
}
