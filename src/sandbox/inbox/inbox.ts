import { isChannelName } from '../../message/channels/channel.ts';
import { type Answer, refuse } from '../answer.ts';
import type { SandboxCall, SandboxDeps } from '../deps.ts';
import { iso } from '../webhooks/shape.ts';
import { chatOf, type Entry, renderEntry, sent } from './conversation.ts';
import { pageOf } from './page.ts';

const usualPage = 50;

/**
 * The conversations, the latest first: with whoever has written. Those put aside are left out until they write again,
 * which the vendor's pages leave open.
 * @throws Refusal 400
 */
export function listChats({ query }: SandboxCall, tools: SandboxDeps): Answer {
  const isWanted = filterOf(query);
  const { skip, limit } = pageOf(query, usualPage);
  const direction = directionOf(query);
  const conversations = tools.state.inbox
    .chats()
    .filter((chat) => !chat.isArchived)
    .map((chat) => renderEntry(chat, tools))
    .filter(isWanted)
    .sort((a, b) => direction * (Date.parse(a.lastMessageDate) - Date.parse(b.lastMessageDate)))
    .slice(skip, skip + limit);
  return { status: 200, body: { conversations } };
}

/** @throws Refusal 404 */
export function showChat({ params }: SandboxCall, tools: SandboxDeps): Answer {
  return { status: 200, body: renderEntry(chatOf(params.chatId ?? '', tools), tools) };
}

/** What both sides have said, the oldest first. @throws Refusal 400, 404 */
export function listMessages({ params, query }: SandboxCall, tools: SandboxDeps): Answer {
  const chat = chatOf(params.chatId ?? '', tools);
  const { skip, limit } = pageOf(query, usualPage);
  const theirs = tools.state.inbox.written(chat).map((inbound): Entry => ({ ...inbound, status: null }));
  const messages = [...theirs, ...[...sent(chat, tools)].reverse()]
    .sort((a, b) => a.at - b.at)
    .slice(skip, skip + limit)
    .map(({ messageId, text, at, status }) => ({
      messageId,
      direction: status === null ? 'INBOUND' : 'OUTBOUND',
      text,
      messageType: 'TEXT',
      timestamp: iso(at),
      status,
      channel: chat.channel.toUpperCase(),
    }));
  return { status: 200, body: { messages } };
}

/** Again and again with the same end, as documented. @throws Refusal 404 */
export function markRead({ params }: SandboxCall, tools: SandboxDeps): Answer {
  tools.state.inbox.markRead(chatOf(params.chatId ?? '', tools));
  return { status: 204, body: undefined };
}

/** Puts a conversation aside, or back. @throws Refusal 404 */
export function archive(isArchived: boolean, { params }: SandboxCall, tools: SandboxDeps): Answer {
  tools.state.inbox.archive(chatOf(params.chatId ?? '', tools), isArchived);
  return { status: 204, body: undefined };
}

function filterOf(query: URLSearchParams): (chat: ReturnType<typeof renderEntry>) => boolean {
  const unreadOnly = query.get('unreadOnly') ?? 'false';
  if (unreadOnly !== 'true' && unreadOnly !== 'false') refuse(400, 'unreadOnly must be true or false');
  const dateFrom = query.get('dateFrom');
  const from = dateFrom === null ? Number.NEGATIVE_INFINITY : Date.parse(dateFrom);
  if (Number.isNaN(from)) refuse(400, 'dateFrom is not a date in ISO 8601');
  const channels = query.get('channelIds')?.toUpperCase().split(',');
  if (channels?.some((name) => !isChannelName(name.toLowerCase())))
    refuse(400, 'channelIds must be of SMS, RCS and WHATSAPP');
  return ({ unreadCount, lastMessageDate, channel }) =>
    (unreadOnly === 'false' || unreadCount > 0) &&
    Date.parse(lastMessageDate) >= from &&
    (channels === undefined || channels.includes(channel));
}

function directionOf(query: URLSearchParams): 1 | -1 {
  const order = query.get('orderBy') ?? '-lastMessageDate';
  if (order === '-lastMessageDate') return -1;
  // A plus sign that nobody escaped is a blank in a query.
  if (/^[+ ]?lastMessageDate$/.test(order)) return 1;
  return refuse(400, 'orderBy must be -lastMessageDate or +lastMessageDate');
}
