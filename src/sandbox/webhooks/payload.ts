import { countParts } from '../../message/sms.ts';
import type { WebhookShape } from '../../message/webhook.ts';
import type { Accepted } from '../accepted.ts';
import type { SandboxDeps } from '../deps.ts';
import type { SandboxInbound } from '../inbox/inbound-state.ts';
import { textOf } from '../text.ts';
import type { TimelineStep } from '../timeline.ts';
import { iso, type Shape } from './shape.ts';
import { guide } from './shape-guide.ts';
import { partner } from './shape-partner.ts';
import { platform } from './shape-platform.ts';

/** What one call to a webhook carries. */
export interface WebhookPayload {
  type: 'application/json' | 'application/x-www-form-urlencoded';
  body: string;
}

const shapes = { partner, guide, platform } satisfies Record<WebhookShape, Shape>;

/** The calls that tell a step in a message's life; none where the shape has no word for it. */
export function noticesOfStep(
  shape: WebhookShape,
  message: Accepted,
  step: TimelineStep,
  tools: SandboxDeps,
): WebhookPayload[] {
  const parts = () => countParts(textOf(message, 'sms', tools)).parts;
  return shapes[shape].step(message, step, parts).map(json);
}

/** The call that tells what somebody wrote. */
export function noticeOfInbound(shape: WebhookShape, inbound: SandboxInbound): WebhookPayload {
  return inbound.channel === 'sms' ? rented(inbound) : json(shapes[shape].inbound(inbound));
}

function json(body: object): WebhookPayload {
  return { type: 'application/json', body: JSON.stringify(body) };
}

/** An SMS to a rented number comes as a form whatever the registration (the vendor's `inbound-sms` pages). */
function rented({ from, destination, text, at }: SandboxInbound): WebhookPayload {
  const dateTime = iso(at).replace(/\D/g, '').slice(0, 14);
  const fields = { originator: from, destination, date_time: dateTime, text };
  return { type: 'application/x-www-form-urlencoded', body: new URLSearchParams(fields).toString() };
}
