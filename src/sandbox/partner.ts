import { buildChain } from '../message/channels/channel.ts';
import { refuse } from './answer.ts';
import { flag, neededText, phoneNumber, sender, text, variables } from './fields.ts';
import type { SandboxDialect } from './submission.ts';

/** The bodies of the vendor's channel guide (`phoneNumber`, `message`, `templateId`, `variables`, `fallback`). */
export const partner: SandboxDialect = {
  read(channel, body) {
    const fallback = flag(body, 'fallback');
    if (channel === 'sms' && fallback)
      refuse(400, 'fallback is not supported on SMS, which is the last channel');
    sender(body, 'senderName');
    flag(body, 'enableNotification');
    const submission = {
      phoneNumber: phoneNumber(body, 'phoneNumber'),
      channel,
      chain: buildChain(channel, fallback),
      text: (channel === 'sms' ? neededText : text)(body, 'message'),
      template: channel === 'sms' ? null : (channel === 'rcs' ? neededText : text)(body, 'templateId'),
      variables: variables(body, 'variables'),
      customerMessageId: text(body, 'customerMessageId'),
      simulation: flag(body, 'simulation'),
    };
    if (submission.text === null && submission.template === null)
      refuse(400, 'message or templateId is missing');
    return submission;
  },

  write({ phoneNumber, channel, simulation }, verdict) {
    const { messageId, customerMessageId, accepted, statusCode, reason } = verdict;
    const result = { phoneNumber, accepted, channel, statusCode, ...(reason !== null && { reason }) };
    return { status: 200, body: { messageId, customerMessageId, simulation, results: [result] } };
  },
};
