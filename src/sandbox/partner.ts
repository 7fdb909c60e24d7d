import { buildChain } from '../message/channels/channel.ts';
import { refuse } from './answer.ts';
import { readFlag, readSender, readText, readVariables, requirePhoneNumber, requireText } from './fields.ts';
import type { SandboxDialect } from './submission.ts';

/** Bodies of the vendor's channel guide (`phoneNumber`, `message`, `templateId`, `variables`, `fallback`). */
export const partner: SandboxDialect = {
  read(channel, body) {
    const fallback = readFlag(body, 'fallback');
    if (channel === 'sms' && fallback)
      refuse(400, 'fallback is not supported on SMS, which is the last channel');
    readSender(body, 'senderName');
    readFlag(body, 'enableNotification');
    const submission = {
      phoneNumber: requirePhoneNumber(body, 'phoneNumber'),
      channel,
      chain: buildChain(channel, fallback),
      text: (channel === 'sms' ? requireText : readText)(body, 'message'),
      template: channel === 'sms' ? null : (channel === 'rcs' ? requireText : readText)(body, 'templateId'),
      variables: readVariables(body, 'variables'),
      customerMessageId: readText(body, 'customerMessageId'),
      simulation: readFlag(body, 'simulation'),
    };
    if (submission.text === null && submission.template === null)
      refuse(400, 'message or templateId is missing');
    return submission;
  },

  write({ phoneNumber, channel, simulation }, outcome) {
    const { messageId, customerMessageId, accepted, statusCode, reason } = outcome;
    const result = { phoneNumber, accepted, channel, statusCode, ...(reason !== null && { reason }) };
    return { status: 200, body: { messageId, customerMessageId, simulation, results: [result] } };
  },
};
