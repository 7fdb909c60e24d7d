import type { SandboxDeps } from '../deps.ts';
import { findScenario } from '../scenarios.ts';
import { buildTimeline } from '../timeline.ts';
import { buildInboundPayload, buildStepPayloads, type WebhookPayload } from './payload.ts';
import type { Subject } from './progress-state.ts';
import type { Shape } from './shape.ts';
import type { Registration } from './webhook-state.ts';

/** Webhook calls for one subject, step by step: a step starts when the previous one is done. */
export interface WebhookJob {
  kind: Subject['kind'];
  n: number;
  steps: readonly { at: number; buildPayloads(): WebhookPayload[] }[];
  /** Number of steps that are done. */
  stepsDone: number;
  /** Payloads of the current step that are not delivered yet. */
  pending: WebhookPayload[];
  /** Failed tries of the first of these payloads. */
  tries: number;
}

/** Plans the calls for a subject, without steps before the registration; without any if the sender disabled them. */
export function planDeliveries(
  subject: Subject,
  shape: Shape,
  { createdAt }: Registration,
  deps: SandboxDeps,
): WebhookJob {
  const { kind, n, stepsDone } = subject;
  const steps = (kind === 'message' ? planMessageSteps : planInboundSteps)(subject as never, shape, deps);
  return {
    kind,
    n,
    steps: steps.filter(({ at }) => at >= createdAt),
    stepsDone,
    pending: [],
    tries: 0,
  };
}

function planMessageSteps(
  { message }: Extract<Subject, { kind: 'message' }>,
  shape: Shape,
  deps: SandboxDeps,
) {
  if (!message.notifies) return [];
  const timeline = buildTimeline(
    message,
    findScenario(message.phoneNumber),
    Number.POSITIVE_INFINITY,
    deps.speed,
  );
  return timeline.map((step) => ({
    at: step.at,
    buildPayloads: () => buildStepPayloads(shape, message, step, deps),
  }));
}

function planInboundSteps({ inbound }: Extract<Subject, { kind: 'inbound' }>, shape: Shape) {
  return [{ at: inbound.at, buildPayloads: () => [buildInboundPayload(shape, inbound)] }];
}
