import { randomUUID } from 'node:crypto';
import type { ChannelName } from '../message/channels/channel.ts';
import { isWindowOpen } from '../message/channels/window.ts';
import { refuse, type SandboxResponse, tooManyRequests } from './answer.ts';
import type { SandboxCall, SandboxDeps } from './deps.ts';
import { partner } from './partner.ts';
import { findScenario, type Scenario } from './scenarios.ts';
import type { Submission, SubmissionResult } from './submission.ts';
import { findTemplateObstacle, findVariablesObstacle } from './templates/template.ts';
import type { Hop } from './timeline.ts';

/** Error message for free-form text on WhatsApp outside the window. */
export const outsideWindowMessage =
  'message is free-form and outside the 24-hour window: an approved templateId is required';

/** Returns a new message id in the gateway's format. */
export function newMessageId(): string {
  return `msg_${randomUUID().replaceAll('-', '')}`;
}

/**
 * Accepts a message sent to `channel`, or simulates the failure that its recipient stands for.
 * @throws HttpError
 */
export async function handleSend(
  channel: ChannelName,
  call: SandboxCall,
  deps: SandboxDeps,
): Promise<SandboxResponse> {
  const body = call.body();
  const submission = partner.read(channel, body);
  const scenario = findScenario(submission.phoneNumber);
  checkSubmission(submission, scenario, deps);
  const messageId = newMessageId();
  const outcome: SubmissionResult = {
    messageId,
    customerMessageId: submission.customerMessageId ?? messageId,
    ...(scenario.reply === 'opted out'
      ? { accepted: false, statusCode: 403, reason: 'opted out' }
      : { accepted: true, statusCode: 200, reason: null }),
  };
  if (outcome.accepted)
    await deps.state.accept({
      messageId,
      customerMessageId: outcome.customerMessageId,
      phoneNumber: submission.phoneNumber,
      channel,
      chain: submission.chain.map((next) => buildHop(next, submission, deps)),
      simulation: submission.simulation,
      acceptedAt: deps.now(),
      body,
    });
  const response = partner.write(submission, outcome);
  if (scenario.reply === 'cut') return { ...response, timing: 'never' };
  if (scenario.reply === 'late') return { ...response, timing: 'late' };
  return response;
}

function checkSubmission(submission: Submission, scenario: Scenario, deps: SandboxDeps): void {
  const { state, now } = deps;
  const { channel, phoneNumber, template } = submission;
  if (scenario.reply === 'invalid destination')
    refuse(400, `phoneNumber ${phoneNumber} is not a valid destination`);
  const obstacle =
    template === null
      ? null
      : (findTemplateObstacle(template, channel, deps) ??
        findVariablesObstacle(template, submission.variables, deps));
  if (obstacle !== null) refuse(400, obstacle);
  const isFreeForm = channel === 'whatsapp' && template === null;
  if (isFreeForm && scenario.windowClosed && !isWindowOpen(state.lastInbound(phoneNumber, 'whatsapp'), now()))
    refuse(400, outsideWindowMessage);
  if (scenario.reply !== 'limited once' && scenario.reply !== 'failing once') return;
  if (!state.isFirstTry(`${submission.customerMessageId ?? ''} ${phoneNumber}`)) return;
  if (scenario.reply === 'limited once') throw tooManyRequests(1);
  refuse(500, 'The message was not accepted because of a temporary failure');
}

/** Builds a hop. A later channel that cannot carry the message fails when it is tried, and the chain continues. */
function buildHop(channel: ChannelName, { template }: Submission, deps: SandboxDeps): Hop {
  if (channel !== 'rcs') return { channel, obstacle: null };
  return {
    channel,
    obstacle: template === null ? 'RCS needs a template' : findTemplateObstacle(template, 'rcs', deps),
  };
}
