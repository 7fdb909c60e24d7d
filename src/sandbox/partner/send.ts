import { buildChain, type ChannelName } from '../../message/channels/channel.ts';
import { refuse, type SandboxResponse } from '../answer.ts';
import type { Submission, SubmissionOutcome } from '../dialect.ts';
import {
  type RequestBody,
  readFlag,
  readSender,
  readText,
  readVariables,
  requirePhoneNumber,
  requireText,
} from '../fields.ts';
import type { Hop } from '../timeline.ts';

/**
 * Parses a body of the vendor's channel guide: `phoneNumber`, `message`, `templateId`, `variables`, `fallback`.
 * @throws HttpError 400 naming the invalid field
 */
export function readSend(channel: ChannelName, body: RequestBody): Submission {
  const fallback = readFlag(body, 'fallback');
  if (channel === 'sms' && fallback)
    refuse(400, 'fallback is not supported on SMS, which is the last channel');
  const sender = readSender(body, 'senderName');
  const notifies = readFlag(body, 'enableNotification', true);
  const phoneNumber = requirePhoneNumber(body, 'phoneNumber');
  const text = (channel === 'sms' ? requireText : readText)(body, 'message');
  const template =
    channel === 'sms' ? null : (channel === 'rcs' ? requireText : readText)(body, 'templateId');
  const variables = readVariables(body, 'variables');
  const clientId = readText(body, 'customerMessageId');
  const simulation = readFlag(body, 'simulation');
  if (text === null && template === null) refuse(400, 'message or templateId is missing');

  /** A template goes before a text, except on SMS, which has no templates. */
  const buildHop = (one: ChannelName): Hop => {
    const isText = template === null || (one === 'sms' && text !== null);
    return {
      channel: one,
      text: isText ? text : null,
      template: isText ? null : template,
      variables: isText ? {} : variables,
      obstacle: one === 'rcs' && template === null ? 'RCS needs a template' : null,
    };
  };
  const [first = channel, ...next] = buildChain(channel, fallback);
  return {
    phoneNumber,
    hops: [buildHop(first), ...next.map(buildHop)],
    clientId,
    simulation,
    // This generation schedules campaigns only.
    scheduledAt: null,
    notifies,
    sender,
    allowsValue: () => false,
  };
}

/** Renders the response: one result, for the channel whose endpoint received the request. */
export function writeSend(
  { phoneNumber, hops: [{ channel }], simulation }: Submission,
  { messageId, customerMessageId, results: [first] }: SubmissionOutcome,
): SandboxResponse {
  const { reason, statusCode } = first?.rejection ?? { reason: null, statusCode: 200 };
  const result = {
    phoneNumber,
    accepted: reason === null,
    channel,
    statusCode,
    ...(reason !== null && { reason }),
  };
  return { status: 200, body: { messageId, customerMessageId, simulation, results: [result] } };
}
