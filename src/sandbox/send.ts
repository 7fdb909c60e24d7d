import type { ChannelName } from '../message/channels/channel.ts';
import { isWindowOpen } from '../message/channels/window.ts';
import { detectDialect } from './account.ts';
import { refuse, type SandboxResponse, tooManyRequests } from './answer.ts';
import type { SandboxCall, SandboxDeps } from './deps.ts';
import type { Rejection, SandboxDialect, Submission, SubmissionOutcome } from './dialect.ts';
import { priceMessage } from './price.ts';
import { findScenario, type Scenario } from './scenarios.ts';
import {
  findNamedTemplate,
  findTemplateObstacle,
  findVariablesObstacle,
  lookUpTemplate,
} from './templates/template.ts';
import { renderHopText } from './text.ts';
import type { Hop } from './timeline.ts';

/** Codes of the vendor's error guide. */
const optedOut: Rejection = { reason: 'opted out', statusCode: 403 };
export const insufficientCredit: Rejection = { reason: 'insufficient credit', statusCode: 402 };
export const outsideWindow: Rejection = { reason: 'outside the 24-hour window', statusCode: 400 };

/** Rejections of the whole message that a recipient stands for. */
const rejections: Partial<Record<Scenario['reply'], Rejection>> = {
  'opted out': optedOut,
  'no credit': insufficientCredit,
};

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
  const dialect = detectDialect(body, deps.dialects);
  const submission = dialect.read(channel, body, {
    now: deps.now(),
    findTemplate: (id) => lookUpTemplate(id, deps),
    findNamedTemplate: (name, language) => findNamedTemplate(name, language, deps),
  });
  const scenario = findScenario(submission.phoneNumber);
  checkSubmission(submission, dialect, scenario, deps);
  const outcome = await accept(submission, dialect, scenario, body, deps);
  const response = dialect.write(submission, outcome);
  if (scenario.reply === 'cut') return { ...response, timing: 'never' };
  if (scenario.reply === 'late') return { ...response, timing: 'late' };
  return response;
}

function checkSubmission(
  submission: Submission,
  dialect: SandboxDialect,
  scenario: Scenario,
  deps: SandboxDeps,
): void {
  const { phoneNumber, clientId } = submission;
  if (scenario.reply === 'invalid destination')
    refuse(400, `${dialect.recipientField} ${phoneNumber} is not a valid destination`);
  const obstacle =
    findTemplateObstacle(submission.hops[0], dialect, deps) ??
    findVariablesObstacle(submission, dialect, deps);
  if (obstacle !== null) refuse(400, obstacle);
  if (dialect.outsideWindowMessage !== null && isOutsideWindow(submission, scenario, deps))
    refuse(400, dialect.outsideWindowMessage);
  if (scenario.reply !== 'limited once' && scenario.reply !== 'failing once') return;
  if (!deps.state.isFirstTry(`${clientId ?? ''} ${phoneNumber}`)) return;
  if (scenario.reply === 'limited once') throw tooManyRequests(1);
  refuse(500, 'The message was not accepted because of a temporary failure');
}

function isOutsideWindow(
  { phoneNumber, hops: [first] }: Submission,
  { windowClosed }: Scenario,
  { state, now }: SandboxDeps,
): boolean {
  const isFreeForm = first.channel === 'whatsapp' && first.template === null;
  return isFreeForm && windowClosed && !isWindowOpen(state.lastInbound(phoneNumber, 'whatsapp'), now());
}

/** Stores a message unless it is rejected. */
async function accept(
  submission: Submission,
  dialect: SandboxDialect,
  scenario: Scenario,
  body: unknown,
  deps: SandboxDeps,
): Promise<SubmissionOutcome> {
  const { messageId, customerMessageId } = dialect.assignIds(submission.clientId);
  const { hops, phoneNumber, simulation, scheduledAt, notifies, sender } = submission;
  const [first, ...rest] = hops;
  const reject = (rejection: Rejection) => ({
    messageId,
    customerMessageId,
    results: [{ hop: first, rejection }],
  });
  const rejection = rejections[scenario.reply];
  if (rejection !== undefined) return reject(rejection);
  const isClosed = isOutsideWindow(submission, scenario, deps);
  const chain = (isClosed ? rest : hops).map((hop) =>
    hop === first ? hop : addObstacle(hop, dialect, deps),
  );
  const [tried] = chain;
  if (tried === undefined) return reject(outsideWindow);
  const isAccepted = await deps.state.accept({
    messageId,
    customerMessageId,
    phoneNumber,
    channel: first.channel,
    chain,
    simulation,
    acceptedAt: deps.now(),
    scheduledAt,
    sender,
    notifies,
    priceCents: simulation ? 0 : priceMessage(tried.channel, renderHopText(tried, deps)),
    body,
  });
  if (!isAccepted) return reject(insufficientCredit);
  const skipped = isClosed ? [{ hop: first, rejection: outsideWindow }] : [];
  const results = [...skipped, ...chain.map((hop) => ({ hop, rejection: null }))];
  return { messageId, customerMessageId, results };
}

/** Adds why a later channel cannot carry its template: it fails when it is tried, and the chain continues. */
function addObstacle(hop: Hop, dialect: SandboxDialect, deps: SandboxDeps): Hop {
  if (hop.channel === 'sms' || hop.obstacle !== null) return hop;
  return { ...hop, obstacle: findTemplateObstacle(hop, dialect, deps) };
}
