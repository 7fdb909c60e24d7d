import { type ChannelName, isChannelName } from '../message/channels/channel.ts';
import { countParts } from '../message/sms.ts';
import { readTime } from '../message/time.ts';
import type { Accepted } from './accepted.ts';
import { refuse, type SandboxResponse } from './answer.ts';
import type { SandboxCall, SandboxDeps } from './deps.ts';
import { parsePage } from './inbox/page.ts';
import { findScenario } from './scenarios.ts';
import { describeStep, describeUnsent, vendorStatusWords } from './status-body.ts';
import { renderMessageText } from './text.ts';
import { buildTimeline, maxTimelineMs } from './timeline.ts';
import { toIso } from './webhooks/shape.ts';

const defaultPageSize = 20;

/** Date and time in ISO 8601 with an offset; the reference calls anything less invalid. */
const offsetForm = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)$/;

/** A message on one channel, and when it was sent there. */
interface Sent {
  at: number;
  entry: object;
  status: string;
}

/**
 * Lists what was sent on a channel from `from` to `to`, both inclusive, the oldest first, by pages from 0. A message is
 * listed on each channel that was tried; a scheduled one at its time, with UNKNOWN before. Simulated ones are left out.
 * @throws HttpError 400
 */
export function listHistory({ query }: SandboxCall, deps: SandboxDeps): SandboxResponse {
  const channel = requireParameter(query, 'channel').toLowerCase();
  if (!isChannelName(channel)) refuse(400, 'channel must be SMS, RCS or WHATSAPP');
  const [from, to] = [readInstant(query, 'from'), readInstant(query, 'to')];
  const status = query.get('status')?.toUpperCase();
  if (status !== undefined && !vendorStatusWords.includes(status))
    refuse(400, `status must be one of ${vendorStatusWords.join(', ')}`);
  const { skip, limit } = parsePage(query, defaultPageSize);
  const found: Sent[] = [];
  // A later channel of a chain is tried some time after the message was sent.
  for (const message of deps.state.listStarted(from - maxTimelineMs(deps.speed), to)) {
    const sent = readSent(message, channel, deps);
    if (sent === undefined || sent.at < from || sent.at > to) continue;
    if (status === undefined || sent.status === status) found.push(sent);
  }
  const page = found.sort((a, b) => a.at - b.at).slice(skip, skip + limit);
  return { status: 200, body: page.map(({ entry }) => entry) };
}

function requireParameter(query: URLSearchParams, name: string): string {
  return query.get(name) ?? refuse(400, `Required request parameter '${name}' is not present`);
}

function readInstant(query: URLSearchParams, name: string): number {
  const text = requireParameter(query, name);
  const time = offsetForm.test(text) ? readTime(text, 'utc') : undefined;
  return time?.at ?? refuse(400, `${name} must be a date and time in ISO 8601 with an offset`);
}

/** Returns a message as sent on a channel; undefined if it was not. */
function readSent(message: Accepted, channel: ChannelName, deps: SandboxDeps): Sent | undefined {
  if (message.simulation) return undefined;
  const { now, speed } = deps;
  const timeline = buildTimeline(message, findScenario(message.phoneNumber), now(), speed);
  const steps = timeline.filter((step) => step.channel === channel);
  const last = steps.at(-1);
  if (last === undefined && (timeline.length > 0 || message.chain[0]?.channel !== channel)) return undefined;
  const at = steps[0]?.at ?? message.scheduledAt ?? message.acceptedAt;
  const description = last ? describeStep(last) : describeUnsent(message);
  const delivered = steps.find((step) => step.status === 'delivered');
  const text = renderMessageText(message, channel, deps);
  return {
    at,
    status: description.deliveryStatus,
    entry: {
      customerMessageId: message.customerMessageId,
      ...description,
      // The reference names only the fields above; these are ours, with names of UC-019 where it has them.
      messageId: message.messageId,
      destination: message.phoneNumber,
      ...(message.sender !== null && { sender: message.sender }),
      body: text,
      sendDate: toIso(at),
      deliveryDate: delivered ? toIso(delivered.at) : null,
      ...(channel === 'sms' && { parts: countParts(text).parts }),
      price: message.priceCents / 100,
    },
  };
}
