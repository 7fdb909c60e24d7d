import { isChannelName } from '../message/channels/channel.ts';
import type { Accepted } from './accepted.ts';
import { refuse, type SandboxResponse } from './answer.ts';
import type { SandboxCall, SandboxDeps } from './deps.ts';
import { findScenario } from './scenarios.ts';
import { renderStatus } from './status-body.ts';
import { buildTimeline } from './timeline.ts';

/** Returns the status of one message by either of its ids. @throws HttpError 404 if it is unknown */
export function getStatus(call: SandboxCall, deps: SandboxDeps): SandboxResponse {
  const message = find(call.params.id ?? '', call, deps);
  if (message === undefined) refuse(404, 'No message has this id');
  return { status: 200, body: renderMessage(message, deps) };
}

/** Returns the status of several messages. Unknown ids are dropped; none found is an empty list (as documented). */
export function listStatuses(call: SandboxCall, deps: SandboxDeps): SandboxResponse {
  const lists = [...call.query.getAll('customerMessageIds'), ...call.query.getAll('ids')];
  if (lists.length === 0) refuse(400, 'customerMessageIds is missing');
  const ids = new Set(lists.flatMap((list) => list.split(',')).map((id) => id.trim()));
  const messages = [...ids].map((id) => find(id, call, deps)).filter((message) => message !== undefined);
  return { status: 200, body: messages.map((message) => renderMessage(message, deps)) };
}

/** Finds a message; with a `channel` parameter, only one that was sent through this channel. */
function find(id: string, { query }: SandboxCall, { state }: SandboxDeps): Accepted | undefined {
  const channel = query.get('channel')?.toLowerCase();
  if (channel !== undefined && !isChannelName(channel)) refuse(400, 'channel must be SMS, RCS or WHATSAPP');
  const message = state.find(id);
  return channel === undefined || message?.chain.some((hop) => hop.channel === channel) ? message : undefined;
}

function renderMessage(message: Accepted, { now, speed }: SandboxDeps) {
  return renderStatus(message, buildTimeline(message, findScenario(message.phoneNumber), now(), speed));
}
