import { isChannelName } from '../message/channels/channel.ts';
import type { Accepted } from './accepted.ts';
import { type Answer, refuse } from './answer.ts';
import type { SandboxCall, SandboxDeps } from './deps.ts';
import { scenarioOf } from './scenarios.ts';
import { statusBody } from './status-body.ts';
import { buildTimeline } from './timeline.ts';

/** Where one message stands, by either of its ids. @throws Refusal 404 when it is not known */
export function status(call: SandboxCall, tools: SandboxDeps): Answer {
  const message = find(call.params.id ?? '', call, tools);
  if (message === undefined) refuse(404, 'No message has this id');
  return { status: 200, body: told(message, tools) };
}

/** Where many stand: unknown ids are dropped, and none found is an empty list (as documented). */
export function statuses(call: SandboxCall, tools: SandboxDeps): Answer {
  const lists = [...call.query.getAll('customerMessageIds'), ...call.query.getAll('ids')];
  if (lists.length === 0) refuse(400, 'customerMessageIds is missing');
  const ids = new Set(lists.flatMap((list) => list.split(',')).map((id) => id.trim()));
  const messages = [...ids].map((id) => find(id, call, tools)).filter((message) => message !== undefined);
  return { status: 200, body: messages.map((message) => told(message, tools)) };
}

/** Where a `channel` is named it must be one the message was sent through, else the message is not found. */
function find(id: string, { query }: SandboxCall, { state }: SandboxDeps): Accepted | undefined {
  const channel = query.get('channel')?.toLowerCase();
  if (channel !== undefined && !isChannelName(channel)) refuse(400, 'channel must be SMS, RCS or WHATSAPP');
  const message = state.find(id);
  return channel === undefined || message?.chain.some((hop) => hop.channel === channel) ? message : undefined;
}

function told(message: Accepted, { now, speed }: SandboxDeps) {
  return statusBody(message, buildTimeline(message, scenarioOf(message.phoneNumber), now(), speed));
}
