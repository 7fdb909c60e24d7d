import type { WebhookShape } from '../../message/webhook.ts';
import type { Tools } from '../deps.ts';
import { scenarioOf } from '../scenarios.ts';
import { lifeOf } from '../timeline.ts';
import { type Notice, noticeOfInbound, noticesOfStep } from './payload.ts';
import type { Subject } from './progress-state.ts';
import type { Registration } from './webhook-state.ts';

/** A subject as it is told: step by step, each in its calls, the next only when the earlier is over. */
export interface Tale {
  kind: Subject['kind'];
  n: number;
  steps: readonly { at: number; notices(): Notice[] }[];
  /** How many steps are over. */
  told: number;
  /** What is left of the step that is being told. */
  left: Notice[];
  /** How often the first of those was tried in vain. */
  tries: number;
}

/** The tale of a subject, less what happened before the registration; without steps where nobody is to hear of it. */
export function taleOf(
  subject: Subject,
  shape: WebhookShape,
  { createdAt }: Registration,
  tools: Tools,
): Tale {
  const { kind, n, told } = subject;
  const steps = (kind === 'message' ? stepsOf : said)(subject as never, shape, tools);
  return { kind, n, steps: steps.filter(({ at }) => at >= createdAt), told, left: [], tries: 0 };
}

function stepsOf({ message }: Extract<Subject, { kind: 'message' }>, shape: WebhookShape, tools: Tools) {
  const { enableNotification } = message.body as { enableNotification?: unknown };
  if (enableNotification === false) return [];
  const life = lifeOf(message, scenarioOf(message.phoneNumber), Number.POSITIVE_INFINITY, tools.speed);
  return life.map((step) => ({
    at: step.at,
    notices: () => noticesOfStep(shape, message, step, tools),
  }));
}

function said({ inbound }: Extract<Subject, { kind: 'inbound' }>, shape: WebhookShape) {
  return [{ at: inbound.at, notices: () => [noticeOfInbound(shape, inbound)] }];
}
