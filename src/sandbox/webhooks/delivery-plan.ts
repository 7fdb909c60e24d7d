import type { WebhookShape } from '../../message/webhook.ts';
import type { SandboxDeps } from '../deps.ts';
import { scenarioOf } from '../scenarios.ts';
import { buildTimeline } from '../timeline.ts';
import { noticeOfInbound, noticesOfStep, type WebhookPayload } from './payload.ts';
import type { Subject } from './progress-state.ts';
import type { Registration } from './webhook-state.ts';

/** A subject as it is told: step by step, each in its calls, the next only when the earlier is over. */
export interface WebhookJob {
  kind: Subject['kind'];
  n: number;
  steps: readonly { at: number; notices(): WebhookPayload[] }[];
  /** How many steps are over. */
  told: number;
  /** What is left of the step that is being told. */
  left: WebhookPayload[];
  /** How often the first of those was tried in vain. */
  tries: number;
}

/** The tale of a subject, less what happened before the registration; without steps where nobody is to hear of it. */
export function planDeliveries(
  subject: Subject,
  shape: WebhookShape,
  { createdAt }: Registration,
  tools: SandboxDeps,
): WebhookJob {
  const { kind, n, told } = subject;
  const steps = (kind === 'message' ? stepsOf : said)(subject as never, shape, tools);
  return { kind, n, steps: steps.filter(({ at }) => at >= createdAt), told, left: [], tries: 0 };
}

function stepsOf(
  { message }: Extract<Subject, { kind: 'message' }>,
  shape: WebhookShape,
  tools: SandboxDeps,
) {
  const { enableNotification } = message.body as { enableNotification?: unknown };
  if (enableNotification === false) return [];
  const life = buildTimeline(message, scenarioOf(message.phoneNumber), Number.POSITIVE_INFINITY, tools.speed);
  return life.map((step) => ({
    at: step.at,
    notices: () => noticesOfStep(shape, message, step, tools),
  }));
}

function said({ inbound }: Extract<Subject, { kind: 'inbound' }>, shape: WebhookShape) {
  return [{ at: inbound.at, notices: () => [noticeOfInbound(shape, inbound)] }];
}
