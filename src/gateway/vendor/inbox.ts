import { fail } from '../../errors.ts';
import { isWindowOpen } from '../../message/channels/window.ts';
import type { Conversation, ConversationMessage } from '../../message/conversation.ts';
import { isE164, type ReadInboundNumber, readInboundNumber } from '../../message/phone.ts';
import type { Instant } from '../../message/time.ts';
import type { SendOutcome } from '../gateway.ts';
import type { HttpClient } from '../http/client.ts';
import { type HttpResponse, NetworkError } from '../http/exchange.ts';
import {
  asList,
  asNumber,
  asObject,
  asText,
  firstId,
  firstText,
  type Json,
  tryParseJson,
} from '../http/json.ts';
import {
  describeErrorResponse,
  isHtml,
  outcomeOfErrorResponse,
  outcomeOfNetworkError,
} from '../http/response.ts';
import { describeUnreadable } from '../http/unreadable.ts';
import type { Inbox, InboxFilter } from '../inbox.ts';
import { contentFields, findContent } from './content.ts';
import { readThread } from './thread.ts';
import { parseChannel, parseInstant, parseReceipt, readInstant } from './vocabulary.ts';

/** Only newer gateways have an inbox (vendor: `api/get-conversations`, `use-cases/UC-018`). */
const base = '/partner-gateway/v1/inbox/conversations';

const pageSize = 100;

/** Pages of conversations that are read: a gateway that invents new ones must not be asked forever. */
const maxPages = 1_000;

/** Longest time for a request with all its retries, in milliseconds. */
const timeoutMs = 15_000;

/** Opens the inbox of the gateway and account `account`; `readNumber` reads the numbers in it. */
export function openInbox(
  client: HttpClient,
  account: string,
  readNumber: ReadInboundNumber = readInboundNumber,
): Inbox {
  const conversationPath = (chat: string) => `${base}/${encodeURIComponent(chat)}`;

  const redactConversation = (found: Conversation): Conversation => ({
    ...found,
    chat: client.maskValue(found.chat),
    phone: isE164(found.phone) ? found.phone : client.maskValue(found.phone),
    last: found.last && client.mask(found.last),
  });

  /** Requests one page of a list whose name in the response is `name`. */
  async function getPage(path: string, query: Record<string, string>, name: string): Promise<unknown[]> {
    const response = await client.get(`${path}?${new URLSearchParams(query)}`, timeoutMs);
    if (response.status === 404 || response.status === 405) return failMissing(response);
    client.assertOk(response);
    return findEntries(tryParseJson(response.text), name) ?? failUnreadable(response);
  }

  /** Requests pages of the conversations, until one is short or begins like an earlier one: some gateways do not page. */
  async function* pages(query: Record<string, string>): AsyncGenerator<unknown[]> {
    const seen = new Set<string>();
    for (let page = 0; page < maxPages; page++) {
      const params = { ...query, page: String(page), limit: String(pageSize) };
      const entries = await getPage(base, params, 'conversations');
      const first = JSON.stringify(entries[0]);
      if (entries.length === 0 || seen.has(first)) return;
      seen.add(first);
      yield entries;
      // A round length may be the limit of a gateway that does not grant ours.
      if (entries.length < pageSize && entries.length % 10 !== 0) return;
    }
  }

  function failMissing(response: HttpResponse): never {
    fail(
      'gateway',
      'inbox.none',
      `this gateway has no inbox: ${client.redactAndTruncate(describeErrorResponse(response))}`,
    );
  }

  function failUnreadable(response: HttpResponse): never {
    fail(
      'gateway',
      'gateway.unreadable',
      client.redactAndTruncate(`the gateway returned ${describeUnreadable(response)}`),
    );
  }

  return {
    account,
    mask: client.mask,
    async *list({ unread, channel, since }) {
      const query = {
        orderBy: '-lastMessageDate',
        ...(unread && { unreadOnly: 'true' }),
        ...(channel && { channelIds: channel.toUpperCase() }),
        ...(since !== undefined && { dateFrom: new Date(since).toISOString() }),
      };
      for await (const entries of pages(query))
        for (const entry of entries) {
          const found = parseConversation(entry, readNumber);
          // Some gateways ignore a filter.
          if (found && matchesFilter(found, { unread, channel, since })) yield redactConversation(found);
        }
    },
    async get(chat) {
      const response = await client.get(conversationPath(chat), timeoutMs);
      if (response.status === 404 && !isHtml(response)) return undefined;
      client.assertOk(response);
      const body = asObject(tryParseJson(response.text));
      const found = parseConversation(
        asObject(body?.data) ?? asObject(body?.conversation) ?? body,
        readNumber,
      );
      return redactConversation(found ?? failUnreadable(response));
    },
    async *messages(chat) {
      const path = `${conversationPath(chat)}/messages`;
      const { entries, hasEnd } = await readThread((query) => getPage(path, query, 'messages'));
      const now = client.now();
      const found: ConversationMessage[] = [];
      let lastAt = now;
      for (const entry of entries) {
        const message = parseConversationMessage(entry, now);
        if (message === undefined) continue;
        // The time of the message before it is nearer the truth, and the same the next time.
        if (message.isInconclusive) message.at = lastAt;
        // The person may have written later, and a recent message opens the window all the same.
        else if (!hasEnd && !isWindowOpen(message.at, now)) message.isInconclusive = true;
        lastAt = message.at;
        found.push({ ...message, id: message.id && client.maskValue(message.id) });
      }
      yield* found.sort((a, b) => a.at - b.at);
    },
    async reply(chat, id, text, mayLeave) {
      // The vendor names no fields; these are the ones of its other calls.
      const request = { conversationId: chat, chatId: chat, text, message: text, customerMessageId: id };
      try {
        const response = await client.request('POST', `${base}/reply`, request, mayLeave);
        // A 404 here means that the conversation does not exist (vendor: `api/send-reply`).
        if (response.status === 404 && !isHtml(response))
          return redactOutcome({ kind: 'refused', reason: describeErrorResponse(response) });
        if (response.status < 200 || response.status > 299)
          return redactOutcome(outcomeOfErrorResponse(response, client.now()));
        if (isHtml(response)) return { kind: 'doubt', reason: 'unreadable response' };
        const body = asObject(tryParseJson(response.text)) ?? {};
        const gatewayId = firstId(asObject(body.data) ?? body, 'messageId', 'id') ?? null;
        return {
          kind: 'accepted',
          gatewayId: gatewayId && client.maskValue(gatewayId),
          channel: null,
          simulation: false,
        };
      } catch (cause) {
        return redactOutcome(outcomeOfNetworkError(cause));
      }
    },
    async markRead(chat) {
      const response = await client
        .request('PATCH', `${conversationPath(chat)}/read`)
        .catch((cause: unknown) => {
          if (!(cause instanceof NetworkError)) throw cause;
          return fail('gateway', 'gateway.unreachable', `cannot reach the gateway: ${cause.message}`);
        });
      client.assertOk(response);
    },
  };

  function redactOutcome(outcome: SendOutcome): SendOutcome {
    return 'reason' in outcome ? { ...outcome, reason: client.redactAndTruncate(outcome.reason) } : outcome;
  }
}

function matchesFilter({ unread, channel, at }: Conversation, filter: InboxFilter): boolean {
  if (filter.unread && unread === 0) return false;
  if (filter.channel !== undefined && channel !== filter.channel) return false;
  return filter.since === undefined || at === null || at >= filter.since;
}

/** Returns the entries of a list in a response, under `name` or one of the usual names; undefined if there is none. */
export function findEntries(json: unknown, name: string): unknown[] | undefined {
  const body = asObject(json);
  return asList(json) ?? asList(body?.[name]) ?? asList(body?.data) ?? asList(body?.content);
}

/**
 * Parses a conversation. The vendor names few of its fields, so several are tried; undefined without an id, a channel
 * that qlara knows or a phone number.
 */
export function parseConversation(
  json: unknown,
  readNumber: ReadInboundNumber = readInboundNumber,
): Conversation | undefined {
  const entry = asObject(json);
  if (entry === undefined) return undefined;
  const chat = firstId(entry, 'chatId', 'conversationId', 'id');
  const channel = parseChannel(firstText(entry, 'channel', 'channelId') ?? asObject(entry.channel)?.name);
  const phone = findPhone(entry);
  if (chat === undefined || channel === null || phone === undefined) return undefined;
  const unread = asNumber(firstText(entry, 'unreadCount', 'unread', 'unreadMessages'));
  return {
    chat,
    channel,
    phone: readNumber(phone),
    unread: unread !== undefined && Number.isInteger(unread) ? unread : null,
    last: findPreview(entry),
    at: readInstant(entry, 'lastMessageDate', 'lastMessageAt', 'updatedAt') ?? null,
  };
}

function findPhone(entry: Json): string | undefined {
  const names = ['phoneNumber', 'phone', 'source', 'contactPhone'];
  const contact = asObject(entry.contact);
  return (contact && firstId(contact, ...names)) ?? firstId(entry, ...names, 'contact');
}

function findPreview(entry: Json): string | null {
  return findContent(entry.lastMessage) ?? firstText(entry, 'preview') ?? null;
}

/** Finds the type of a message without a text, such as `image`. */
function findType(entry: Json): string {
  const contents = [entry, ...contentFields.map((name) => asObject(entry[name]) ?? {})];
  const type = contents.map((one) => firstId(one, 'messageType', 'contentType', 'type')).find(Boolean);
  return (type ?? 'message').toLowerCase();
}

/**
 * Parses a message of a conversation; undefined if it has neither a text, a type nor an id. A message without a time
 * counts as received now, and its time means nothing.
 */
export function parseConversationMessage(json: unknown, now: Instant): ConversationMessage | undefined {
  const entry = asObject(json);
  if (entry === undefined) return undefined;
  const id = firstId(entry, 'customerMessageId', 'messageId', 'id') ?? null;
  const text = findContent(entry);
  if (text === undefined && id === null && findType(entry) === 'message') return undefined;
  const direction = asText(entry.direction)?.toUpperCase().startsWith('IN') ? 'in' : 'out';
  const at = parseInstant(entry) ?? readInstant(entry, 'date', 'createdAt');
  return {
    id,
    direction,
    text: text ?? `[${findType(entry)}]`,
    status: direction === 'out' ? (parseReceipt(entry, now)?.status ?? null) : null,
    at: Math.min(at ?? now, now),
    ...(at === undefined && { isInconclusive: true }),
  };
}
