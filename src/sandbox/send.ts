import { randomUUID } from 'node:crypto';
import type { ChannelName } from '../message/channels/channel.ts';
import { isWindowOpen } from '../message/channels/window.ts';
import { type Answer, refuse, tooMany } from './answer.ts';
import type { SandboxCall, SandboxDeps } from './deps.ts';
import { partner } from './partner.ts';
import { type Scenario, scenarioOf } from './scenarios.ts';
import type { Submission, SubmissionResult } from './submission.ts';
import { templateObstacle, variablesObstacle } from './templates/template.ts';
import type { Hop } from './timeline.ts';

/** Why free-form text is refused on WhatsApp. */
export const outsideWindow =
  'message is free-form and outside the 24-hour window: an approved templateId is required';

/** A new id, as the gateway gives them. */
export function newMessageId(): string {
  return `msg_${randomUUID().replaceAll('-', '')}`;
}

/**
 * Takes a message handed in on `channel`, or plays the trouble its destination stands for.
 * @throws Refusal
 */
export async function send(channel: ChannelName, call: SandboxCall, tools: SandboxDeps): Promise<Answer> {
  const body = call.body();
  const submission = partner.read(channel, body);
  const scenario = scenarioOf(submission.phoneNumber);
  check(submission, scenario, tools);
  const messageId = newMessageId();
  const verdict: SubmissionResult = {
    messageId,
    customerMessageId: submission.customerMessageId ?? messageId,
    ...(scenario.reply === 'opted out'
      ? { accepted: false, statusCode: 403, reason: 'opted out' }
      : { accepted: true, statusCode: 200, reason: null }),
  };
  if (verdict.accepted)
    await tools.state.accept({
      messageId,
      customerMessageId: verdict.customerMessageId,
      phoneNumber: submission.phoneNumber,
      channel,
      chain: submission.chain.map((next) => hop(next, submission, tools)),
      simulation: submission.simulation,
      acceptedAt: tools.now(),
      body,
    });
  const answer = partner.write(submission, verdict);
  if (scenario.reply === 'cut') return { ...answer, travels: 'never' };
  if (scenario.reply === 'late') return { ...answer, travels: 'late' };
  return answer;
}

function check(submission: Submission, scenario: Scenario, tools: SandboxDeps): void {
  const { state, now } = tools;
  const { channel, phoneNumber, template } = submission;
  if (scenario.reply === 'invalid destination')
    refuse(400, `phoneNumber ${phoneNumber} is not a valid destination`);
  const obstacle =
    template === null
      ? null
      : (templateObstacle(template, channel, tools) ??
        variablesObstacle(template, submission.variables, tools));
  if (obstacle !== null) refuse(400, obstacle);
  const isFreeForm = channel === 'whatsapp' && template === null;
  if (isFreeForm && scenario.windowClosed && !isWindowOpen(state.lastInbound(phoneNumber, 'whatsapp'), now()))
    refuse(400, outsideWindow);
  if (scenario.reply !== 'limited once' && scenario.reply !== 'failing once') return;
  if (!state.isFirstTry(`${submission.customerMessageId ?? ''} ${phoneNumber}`)) return;
  if (scenario.reply === 'limited once') throw tooMany(1);
  refuse(500, 'The message was not accepted because of a temporary failure');
}

/** A channel further down that cannot carry the message fails when its turn comes: the rest goes on. */
function hop(channel: ChannelName, { template }: Submission, tools: SandboxDeps): Hop {
  if (channel !== 'rcs') return { channel, obstacle: null };
  return {
    channel,
    obstacle: template === null ? 'RCS needs a template' : templateObstacle(template, 'rcs', tools),
  };
}
