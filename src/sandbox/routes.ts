import { channelNames, type TemplateChannel, templateChannels } from '../message/channels/channel.ts';
import { type Dialects, hasPath } from './account.ts';
import { HttpError, refuse, type SandboxResponse } from './answer.ts';
import { getSmsCredit, getSubscriptionCredit } from './credit.ts';
import type { SandboxCall, SandboxDeps } from './deps.ts';
import { listHistory } from './history.ts';
import { postInbound } from './inbox/inbound.ts';
import { archive, listChats, listMessages, markRead, showChat } from './inbox/inbox.ts';
import { postReply } from './inbox/reply.ts';
import { listWhatsappNumbers, showWhatsappNumber } from './numbers.ts';
import { handleSend } from './send.ts';
import { getStatus, listStatuses } from './status.ts';
import {
  createTemplate,
  deleteTemplate,
  listTemplates,
  showTemplate,
  updateTemplate,
} from './templates/template.ts';
import {
  moveRegistration,
  register,
  registerInPlace,
  showRegistration,
  unregister,
} from './webhooks/registration.ts';

export interface Route {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Path; a segment that begins with a colon is a parameter. */
  path: string;
  /** True for a route that the vendor's gateway does not have: it needs no credentials and has no rate limit. */
  isSandboxOnly?: true;
  handle(call: SandboxCall, deps: SandboxDeps): SandboxResponse | Promise<SandboxResponse>;
}

const inbox = '/partner-gateway/v1/inbox/conversations';
const webhook = '/partner-gateway/v1/webhooks/delivery-status';

const routes: readonly Route[] = [
  ...channelNames.map(
    (channel): Route => ({
      method: 'POST',
      path: `/message-server/${channel}/send`,
      handle: (call, deps) => handleSend(channel, call, deps),
    }),
  ),
  // The vendor's guide and its reference have different prefixes for the same endpoint.
  ...['', '/partner-gateway/v1'].flatMap((prefix): Route[] => [
    { method: 'GET', path: `${prefix}/messages/status`, handle: listStatuses },
    { method: 'GET', path: `${prefix}/messages/status/:id`, handle: getStatus },
  ]),
  ...templateChannels.flatMap((channel): Route[] => {
    const collection = `/message-server/${channel}/templates`;
    const item = `${collection}/:id`;
    const withChannel =
      (handle: (channel: TemplateChannel, call: SandboxCall, deps: SandboxDeps) => SandboxResponse) =>
      (call: SandboxCall, deps: SandboxDeps) =>
        handle(channel, call, deps);
    return [
      { method: 'GET', path: collection, handle: withChannel(listTemplates) },
      { method: 'POST', path: collection, handle: withChannel(createTemplate) },
      { method: 'GET', path: item, handle: withChannel(showTemplate) },
      // The vendor documents one method for each channel.
      { method: channel === 'rcs' ? 'PUT' : 'PATCH', path: item, handle: withChannel(updateTemplate) },
      { method: 'DELETE', path: item, handle: withChannel(deleteTemplate) },
    ];
  }),
  // Two generations of endpoints for the same registration.
  { method: 'POST', path: '/webhooks/delivery-status', handle: registerInPlace },
  { method: 'GET', path: webhook, handle: showRegistration },
  { method: 'POST', path: webhook, handle: register },
  { method: 'PUT', path: webhook, handle: moveRegistration },
  { method: 'DELETE', path: webhook, handle: unregister },
  { method: 'POST', path: `${inbox}/reply`, handle: postReply },
  { method: 'GET', path: inbox, handle: listChats },
  { method: 'GET', path: `${inbox}/:chatId`, handle: showChat },
  { method: 'GET', path: `${inbox}/:chatId/messages`, handle: listMessages },
  { method: 'PATCH', path: `${inbox}/:chatId/read`, handle: markRead },
  ...['archive', 'unarchive'].map(
    (verb): Route => ({
      method: 'PATCH',
      path: `${inbox}/:chatId/${verb}`,
      handle: (call, deps) => archive(verb === 'archive', call, deps),
    }),
  ),
  { method: 'GET', path: '/partner-gateway/v1/messages/history', handle: listHistory },
  { method: 'GET', path: '/message-server/whatsapp/phone-numbers', handle: listWhatsappNumbers },
  { method: 'GET', path: '/message-server/whatsapp/phone-numbers/:id', handle: showWhatsappNumber },
  // The balance by the SMS service, and by the platform, whose path has the version first.
  { method: 'GET', path: '/services/sms/credit', handle: getSmsCredit },
  { method: 'GET', path: '/v1/partner-gateway/subscription/credit', handle: getSubscriptionCredit },
  { method: 'POST', path: '/sandbox/inbound', isSandboxOnly: true, handle: postInbound },
  {
    method: 'GET',
    path: '/sandbox/messages',
    isSandboxOnly: true,
    handle: (_, { state }) => ({ status: 200, body: state.all().map(toListItem) }),
  },
];

function toListItem(message: ReturnType<SandboxDeps['state']['all']>[number]) {
  const { messageId, customerMessageId, phoneNumber, channel, simulation, acceptedAt, scheduledAt, body } =
    message;
  return {
    id: messageId,
    customerMessageId,
    phoneNumber,
    channel,
    simulation,
    acceptedAt: new Date(acceptedAt).toISOString(),
    ...(scheduledAt !== null && { scheduledAt: new Date(scheduledAt).toISOString() }),
    body,
  };
}

/** Finds the route of a request and its path parameters. */
type Router = (method: string, path: string) => { route: Route; params: Record<string, string> };

/**
 * Creates the router of an account, which knows the paths with and without `/api`, the vendor's base path. It throws
 * HttpError 404 for an unknown path, 405 for another method, 400 for a malformed escape.
 */
export function createRouter(dialects: Dialects): Router {
  const table = routes
    .filter(({ path }) => hasPath(path, dialects))
    .map((route) => ({ route, segments: route.path.split('/') }));
  return (method, path) => {
    const segments = path.replace(/^\/api(?=\/)/, '').split('/');
    const matches = table.filter((entry) => isMatch(entry.segments, segments));
    if (matches.length === 0) refuse(404, 'No such path');
    const match = matches.find(({ route }) => route.method === method);
    if (match === undefined)
      throw new HttpError(405, `${method} is not allowed here`, {
        Allow: matches.map(({ route }) => route.method).join(', '),
      });
    const params: Record<string, string> = {};
    for (const [index, segment] of match.segments.entries())
      if (segment.startsWith(':')) params[segment.slice(1)] = unescapeSegment(segments[index] ?? '');
    return { route: match.route, params };
  };
}

function isMatch(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]))
  );
}

function unescapeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    refuse(400, 'The path holds a malformed percent-escape');
  }
}
