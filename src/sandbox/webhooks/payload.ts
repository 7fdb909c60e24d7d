import { countParts } from '../../message/sms.ts';
import type { Accepted } from '../accepted.ts';
import type { SandboxDeps } from '../deps.ts';
import type { SandboxInbound } from '../inbox/inbound-state.ts';
import { renderMessageText } from '../text.ts';
import type { TimelineStep } from '../timeline.ts';
import { type Shape, toIso } from './shape.ts';

/** Content of one webhook call. */
export interface WebhookPayload {
  type: 'application/json' | 'application/x-www-form-urlencoded';
  body: string;
}

/** Builds the calls for a step of a message; none if the shape has no event for it. */
export function buildStepPayloads(
  shape: Shape,
  message: Accepted,
  step: TimelineStep,
  deps: SandboxDeps,
): WebhookPayload[] {
  const parts = () => countParts(renderMessageText(message, 'sms', deps)).parts;
  return shape.step(message, step, parts).map(toJsonPayload);
}

/** Builds the call for an inbound message. */
export function buildInboundPayload(shape: Shape, inbound: SandboxInbound): WebhookPayload {
  return inbound.channel === 'sms' ? buildSmsForm(inbound) : toJsonPayload(shape.inbound(inbound));
}

function toJsonPayload(body: object): WebhookPayload {
  return { type: 'application/json', body: JSON.stringify(body) };
}

/** Builds the form for an SMS to a rented number, which is used for any registration (vendor: `inbound-sms`). */
function buildSmsForm({ from, destination, text, at }: SandboxInbound): WebhookPayload {
  const dateTime = toIso(at).replace(/\D/g, '').slice(0, 14);
  const fields = { originator: from, destination, date_time: dateTime, text };
  return { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(fields).toString() };
}
