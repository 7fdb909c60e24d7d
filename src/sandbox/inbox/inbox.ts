import { isChannelName } from '../../message/channels/channel.ts';
import { readGatewayTime } from '../../message/time.ts';
import { refuse, type SandboxResponse } from '../answer.ts';
import type { SandboxCall, SandboxDeps } from '../deps.ts';
import { toIso } from '../webhooks/shape.ts';
import { findChat, listReceived, listSent, renderEntry } from './conversation.ts';
import { parsePage } from './page.ts';

const defaultPageSize = 50;

/**
 * Lists the conversations, the latest first. Archived ones are left out until the number writes again; the vendor's
 * pages do not specify this.
 * @throws HttpError 400
 */
export function listChats({ query }: SandboxCall, deps: SandboxDeps): SandboxResponse {
  const matches = parseFilter(query);
  const { skip, limit } = parsePage(query, defaultPageSize);
  const direction = parseDirection(query);
  const conversations = deps.state.inbox
    .chats()
    .filter((chat) => !chat.isArchived)
    .map((chat) => renderEntry(chat, deps))
    .filter(matches)
    .sort((a, b) => direction * (Date.parse(a.lastMessageDate) - Date.parse(b.lastMessageDate)))
    .slice(skip, skip + limit);
  return renderList('conversations', conversations, deps);
}

/** Returns one conversation. @throws HttpError 404 */
export function showChat({ params }: SandboxCall, deps: SandboxDeps): SandboxResponse {
  return { status: 200, body: renderEntry(findChat(params.chatId ?? '', deps), deps) };
}

/**
 * Lists the messages in both directions, the oldest first, from `idFrom` to `idTo`, both inclusive. With `idTo` alone the
 * last of them are returned, so that a client can read backwards. The vendor documents no `page`, which an account of all
 * generations understands.
 * @throws HttpError 400, 404
 */
export function listMessages({ params, query }: SandboxCall, deps: SandboxDeps): SandboxResponse {
  const chat = findChat(params.chatId ?? '', deps);
  const { skip, limit } = parsePage(query, defaultPageSize);
  const [from, to] = [parseEntryId(query, 'idFrom'), parseEntryId(query, 'idTo')];
  const entries = [...listReceived(chat, deps), ...listSent(chat, deps)]
    .sort((a, b) => a.id - b.id)
    .filter(({ id }) => (from === undefined || id >= from) && (to === undefined || id <= to));
  const first = deps.dialects.strict === undefined ? skip : 0;
  const isBackwards = to !== undefined && from === undefined;
  const page = isBackwards ? entries.slice(-limit) : entries.slice(first, first + limit);
  const messages = page.map(({ id, messageId, text, at, status }) => ({
    id,
    messageId,
    direction: status === null ? 'INBOUND' : 'OUTBOUND',
    text,
    content: text,
    messageType: 'TEXT',
    timestamp: toIso(at),
    status,
    deliveryStatus: status,
    channel: chat.channel.toUpperCase(),
  }));
  return renderList('messages', messages, deps);
}

/**
 * Renders a list: under a name, or bare for an account of the platform only, as the vendor's reference has it.
 */
function renderList(name: string, list: readonly object[], { dialects }: SandboxDeps): SandboxResponse {
  return { status: 200, body: dialects.strict === undefined ? { [name]: list } : list };
}

/**
 * Parses the id of an entry, of any length: as a number it could become another id.
 * @throws HttpError 400
 */
function parseEntryId(query: URLSearchParams, name: string): bigint | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  return /^\d{1,40}$/.test(text) ? BigInt(text) : refuse(400, `${name} must be a whole number`);
}

/** Marks a conversation as read; idempotent, as documented. @throws HttpError 404 */
export function markRead({ params }: SandboxCall, deps: SandboxDeps): SandboxResponse {
  deps.state.inbox.markRead(findChat(params.chatId ?? '', deps));
  return { status: 204, body: undefined };
}

/** Archives or unarchives a conversation. @throws HttpError 404 */
export function archive(isArchived: boolean, { params }: SandboxCall, deps: SandboxDeps): SandboxResponse {
  deps.state.inbox.archive(findChat(params.chatId ?? '', deps), isArchived);
  return { status: 204, body: undefined };
}

function parseFilter(query: URLSearchParams): (chat: ReturnType<typeof renderEntry>) => boolean {
  const unreadOnly = query.get('unreadOnly') ?? 'false';
  if (unreadOnly !== 'true' && unreadOnly !== 'false') refuse(400, 'unreadOnly must be true or false');
  const dateFrom = query.get('dateFrom');
  const from = dateFrom === null ? Number.NEGATIVE_INFINITY : readGatewayTime(dateFrom);
  if (from === undefined) refuse(400, 'dateFrom is not a date in ISO 8601');
  const channels = query.get('channelIds')?.toUpperCase().split(',');
  if (channels?.some((name) => !isChannelName(name.toLowerCase())))
    refuse(400, 'channelIds must be of SMS, RCS and WHATSAPP');
  return ({ unreadCount, lastMessageDate, channel }) =>
    (unreadOnly === 'false' || unreadCount > 0) &&
    Date.parse(lastMessageDate) >= from &&
    (channels === undefined || channels.includes(channel));
}

function parseDirection(query: URLSearchParams): 1 | -1 {
  const order = query.get('orderBy') ?? '-lastMessageDate';
  if (order === '-lastMessageDate') return -1;
  // An unescaped plus sign in a query is a space.
  if (/^[+ ]?lastMessageDate$/.test(order)) return 1;
  return refuse(400, 'orderBy must be -lastMessageDate or +lastMessageDate');
}
