import { channelNames, type TemplateChannel, templateChannels } from '../message/channels/channel.ts';
import { type Answer, Refusal, refuse } from './answer.ts';
import { credit } from './credit.ts';
import type { SandboxCall, SandboxDeps } from './deps.ts';
import { inbound } from './inbox/inbound.ts';
import { archive, listChats, listMessages, markRead, showChat } from './inbox/inbox.ts';
import { reply } from './inbox/reply.ts';
import { send } from './send.ts';
import { status, statuses } from './status.ts';
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
  /** Segments; one that begins with a colon matches any and names it. */
  path: string;
  /** Needs no credentials and is not limited: not a call of the vendor's gateway. */
  isOurs?: true;
  handle(call: SandboxCall, tools: SandboxDeps): Answer | Promise<Answer>;
}

const inbox = '/partner-gateway/v1/inbox/conversations';
const webhook = '/partner-gateway/v1/webhooks/delivery-status';

const routes: readonly Route[] = [
  ...channelNames.map(
    (channel): Route => ({
      method: 'POST',
      path: `/message-server/${channel}/send`,
      handle: (call, tools) => send(channel, call, tools),
    }),
  ),
  // The vendor's guide and its reference print different prefixes for the same call.
  ...['', '/partner-gateway/v1'].flatMap((prefix): Route[] => [
    { method: 'GET', path: `${prefix}/messages/status`, handle: statuses },
    { method: 'GET', path: `${prefix}/messages/status/:id`, handle: status },
  ]),
  ...templateChannels.flatMap((channel): Route[] => {
    const all = `/message-server/${channel}/templates`;
    const one = `${all}/:id`;
    const on =
      (handle: (channel: TemplateChannel, call: SandboxCall, tools: SandboxDeps) => Answer) =>
      (call: SandboxCall, tools: SandboxDeps) =>
        handle(channel, call, tools);
    return [
      { method: 'GET', path: all, handle: on(listTemplates) },
      { method: 'POST', path: all, handle: on(createTemplate) },
      { method: 'GET', path: one, handle: on(showTemplate) },
      // The vendor documents one way for each channel.
      { method: channel === 'rcs' ? 'PUT' : 'PATCH', path: one, handle: on(updateTemplate) },
      { method: 'DELETE', path: one, handle: on(deleteTemplate) },
    ];
  }),
  // Two generations, two forms, one registration.
  { method: 'POST', path: '/webhooks/delivery-status', handle: registerInPlace },
  { method: 'GET', path: webhook, handle: showRegistration },
  { method: 'POST', path: webhook, handle: register },
  { method: 'PUT', path: webhook, handle: moveRegistration },
  { method: 'DELETE', path: webhook, handle: unregister },
  { method: 'POST', path: `${inbox}/reply`, handle: reply },
  { method: 'GET', path: inbox, handle: listChats },
  { method: 'GET', path: `${inbox}/:chatId`, handle: showChat },
  { method: 'GET', path: `${inbox}/:chatId/messages`, handle: listMessages },
  { method: 'PATCH', path: `${inbox}/:chatId/read`, handle: markRead },
  ...['archive', 'unarchive'].map(
    (verb): Route => ({
      method: 'PATCH',
      path: `${inbox}/:chatId/${verb}`,
      handle: (call, tools) => archive(verb === 'archive', call, tools),
    }),
  ),
  { method: 'GET', path: '/services/sms/credit', handle: (_, tools) => credit(tools) },
  { method: 'POST', path: '/sandbox/inbound', isOurs: true, handle: inbound },
  {
    method: 'GET',
    path: '/sandbox/messages',
    isOurs: true,
    handle: (_, { state }) => ({ status: 200, body: state.all().map(listed) }),
  },
];

function listed(message: ReturnType<SandboxDeps['state']['all']>[number]) {
  const { messageId, customerMessageId, phoneNumber, channel, simulation, acceptedAt, body } = message;
  return {
    id: messageId,
    customerMessageId,
    phoneNumber,
    channel,
    simulation,
    acceptedAt: new Date(acceptedAt).toISOString(),
    body,
  };
}

const table = routes.map((route) => ({ route, segments: route.path.split('/') }));

/**
 * The route of a request and what its path names. Served with and without `/api`, the vendor's base path.
 * @throws Refusal 404 for an unknown path, 405 for another method, 400 for a malformed escape
 */
export function routeOf(method: string, path: string): { route: Route; params: Record<string, string> } {
  const segments = path.replace(/^\/api(?=\/)/, '').split('/');
  const matches = table.filter((entry) => isMatch(entry.segments, segments));
  if (matches.length === 0) refuse(404, 'No such path');
  const match = matches.find(({ route }) => route.method === method);
  if (match === undefined)
    throw new Refusal(405, `${method} is not allowed here`, {
      Allow: matches.map(({ route }) => route.method).join(', '),
    });
  const params: Record<string, string> = {};
  for (const [index, segment] of match.segments.entries())
    if (segment.startsWith(':')) params[segment.slice(1)] = unescaped(segments[index] ?? '');
  return { route: match.route, params };
}

function isMatch(pattern: readonly string[], segments: readonly string[]): boolean {
  return (
    pattern.length === segments.length &&
    pattern.every((part, index) => (part.startsWith(':') ? segments[index] !== '' : part === segments[index]))
  );
}

function unescaped(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    refuse(400, 'The path holds a malformed percent-escape');
  }
}
