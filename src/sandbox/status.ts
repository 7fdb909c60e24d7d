import { type ChannelName, isChannelName } from '../message/channels/channel.ts';
import { refuse, type SandboxResponse } from './answer.ts';
import type { SandboxCall, SandboxDeps } from './deps.ts';
import { findScenario } from './scenarios.ts';
import { renderStatus } from './status-body.ts';
import { buildTimeline } from './timeline.ts';

/** Returns the status of one message by either of its ids. @throws HttpError 404 if it is unknown, 400 */
export function getStatus(call: SandboxCall, deps: SandboxDeps): SandboxResponse {
  const status = readStatus(call.params.id ?? '', readChannel(call, deps), deps);
  return { status: 200, body: status ?? refuse(404, 'No message has this id') };
}

/**
 * Returns the status of several messages. Unknown ids are dropped; none found is an empty list (as documented).
 * @throws HttpError 400
 */
export function listStatuses(call: SandboxCall, deps: SandboxDeps): SandboxResponse {
  const { dialects } = deps;
  const { idParameters, describeMissingParameter } = (dialects.strict ?? dialects.oldest).status;
  const known = dialects.strict ? idParameters : dialects.all.flatMap(({ status }) => status.idParameters);
  const lists = known.flatMap((name) => call.query.getAll(name));
  if (lists.length === 0) refuse(400, describeMissingParameter(idParameters[0]));
  const channel = readChannel(call, deps);
  const ids = new Set(lists.flatMap((list) => list.split(',')).map((id) => id.trim()));
  const statuses = [...ids].map((id) => readStatus(id, channel, deps));
  return { status: 200, body: statuses.filter((status) => status !== undefined) };
}

/** Reads the channel of a request; only an account of one generation may need it. @throws HttpError 400 */
function readChannel({ query }: SandboxCall, { dialects: { strict } }: SandboxDeps): ChannelName | undefined {
  const channel = query.get('channel')?.toLowerCase();
  if (channel === undefined)
    return strict?.status.needsChannel
      ? refuse(400, strict.status.describeMissingParameter('channel'))
      : undefined;
  return isChannelName(channel) ? channel : refuse(400, 'channel must be SMS, RCS or WHATSAPP');
}

/** Returns the status of a message on a channel, or on any; undefined if it has none. */
function readStatus(id: string, channel: ChannelName | undefined, deps: SandboxDeps): object | undefined {
  const message = deps.state.find(id);
  if (message === undefined) return undefined;
  const steps = buildTimeline(message, findScenario(message.phoneNumber), deps.now(), deps.speed);
  // An account of all generations is told everything.
  return (deps.dialects.strict?.status.render ?? renderStatus)(message, steps, channel);
}
