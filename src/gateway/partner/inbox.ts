import { fail } from '../../errors.ts';
import type { ChannelName } from '../../message/channels/channel.ts';
import type { Conversation, ConversationMessage } from '../../message/conversation.ts';
import type { Instant } from '../../message/time.ts';
import { readInboundNumber } from '../../message/webhook.ts';
import type { SendOutcome } from '../gateway.ts';
import type { HttpClient } from '../http/client.ts';
import { type HttpResponse, NetworkError } from '../http/exchange.ts';
import {
  asId,
  asList,
  asNumber,
  asObject,
  asText,
  firstId,
  firstText,
  type Json,
  parsed,
} from '../http/json.ts';
import { redact } from '../http/redact.ts';
import { describeErrorResponse, isHtml, outcomeOfErrorResponse } from '../http/response.ts';
import { parseChannel, parseInstant, parseReceipt } from './vocabulary.ts';

/** Which conversations to list; what is absent does not narrow. */
export interface InboxFilter {
  unread?: boolean | undefined;
  channel?: ChannelName | undefined;
  since?: Instant | undefined;
}

/** The conversations that the gateway keeps. All of it throws Failure `gateway.*`, `inbox.none` where it keeps none. */
export interface Inbox {
  /** The latest first, page after page as they are wanted. */
  list(filter: InboxFilter): AsyncGenerator<Conversation>;
  get(chat: string): Promise<Conversation | undefined>;
  /** The oldest first. */
  messages(chat: string): AsyncGenerator<ConversationMessage>;
  /** Answers on the conversation's channel; never repeated. */
  reply(chat: string, id: string, text: string): Promise<SendOutcome>;
  markRead(chat: string): Promise<void>;
}

/** Newer gateways alone have it (vendor: `api/get-conversations`, `use-cases/UC-018`). */
const base = '/partner-gateway/v1/inbox/conversations';

const pageSize = 100;

/** How long a question may take with all its repetitions, in milliseconds. */
const patience = 15_000;

export function openInbox(client: HttpClient): Inbox {
  const one = (chat: string) => `${base}/${encodeURIComponent(chat)}`;

  /** The JSON of an answer, the secrets taken out of all of its texts. */
  const contentOf = ({ text }: HttpResponse) => redact(parsed(text), client.mask);

  /** Page after page; a gateway that does not page tells the same again. */
  async function* paged(
    path: string,
    query: Record<string, string>,
    name: string,
  ): AsyncGenerator<unknown[]> {
    let first: string | undefined;
    for (let page = 0; ; page++) {
      const words = new URLSearchParams({ ...query, page: String(page), limit: String(pageSize) });
      const answer = await client.get(`${path}?${words}`, patience);
      if (answer.status === 404 || answer.status === 405) return missing(answer);
      client.assertOk(answer);
      const entries = entriesOf(contentOf(answer), name) ?? unreadable(answer);
      const begin = JSON.stringify(entries[0]);
      if (entries.length === 0 || begin === first) return;
      first ??= begin;
      yield entries;
      if (entries.length < pageSize) return;
    }
  }

  function missing(answer: HttpResponse): never {
    fail(
      'gateway',
      'inbox.none',
      `this gateway keeps no such conversations: ${client.redactAndTruncate(describeErrorResponse(answer))}`,
    );
  }

  function unreadable(answer: HttpResponse): never {
    const what = isHtml(answer) ? 'a page for a browser' : describeErrorResponse(answer);
    fail(
      'gateway',
      'gateway.unreadable',
      `the gateway's answer cannot be read: ${client.redactAndTruncate(what)}`,
    );
  }

  return {
    async *list({ unread, channel, since }) {
      const query = {
        orderBy: '-lastMessageDate',
        ...(unread && { unreadOnly: 'true' }),
        ...(channel && { channelIds: channel.toUpperCase() }),
        ...(since !== undefined && { dateFrom: new Date(since).toISOString() }),
      };
      for await (const entries of paged(base, query, 'conversations'))
        for (const entry of entries) {
          const found = conversationIn(entry);
          // What the gateway does not narrow by is narrowed here.
          if (found && isWanted(found, { unread, channel, since })) yield found;
        }
    },
    async get(chat) {
      const answer = await client.get(one(chat), patience);
      if (answer.status === 404 && !isHtml(answer)) return undefined;
      client.assertOk(answer);
      const told = asObject(contentOf(answer));
      return (
        conversationIn(asObject(told?.data) ?? asObject(told?.conversation) ?? told) ?? unreadable(answer)
      );
    },
    async *messages(chat) {
      for await (const entries of paged(`${one(chat)}/messages`, {}, 'messages'))
        yield* entries
          .map((entry) => utteranceIn(entry, client.now()))
          .filter((found) => found !== undefined);
    },
    async reply(chat, id, text) {
      // The vendor names no fields; these are what its other calls have.
      const body = { conversationId: chat, chatId: chat, text, message: text, customerMessageId: id };
      try {
        const answer = await client.request('POST', `${base}/reply`, body);
        // Here a 404 is about the conversation (vendor: `api/send-reply`).
        if (answer.status === 404 && !isHtml(answer))
          return quiet({ kind: 'refused', reason: describeErrorResponse(answer) });
        if (answer.status < 200 || answer.status > 299)
          return quiet(outcomeOfErrorResponse(answer, client.now()));
        if (isHtml(answer)) return { kind: 'doubt', reason: 'an answer that cannot be read' };
        const told = asObject(contentOf(answer)) ?? {};
        const gatewayId = firstId(asObject(told.data) ?? told, 'messageId', 'id') ?? null;
        return { kind: 'accepted', gatewayId, channel: null, simulation: false };
      } catch (cause) {
        if (!(cause instanceof NetworkError)) throw cause;
        return quiet({ kind: cause.mayHaveArrived ? 'doubt' : 'notSent', reason: cause.message });
      }
    },
    async markRead(chat) {
      const answer = await client.request('PATCH', `${one(chat)}/read`).catch((cause: unknown) => {
        if (!(cause instanceof NetworkError)) throw cause;
        return fail('gateway', 'gateway.unreachable', `the gateway cannot be reached: ${cause.message}`);
      });
      client.assertOk(answer);
    },
  };

  function quiet(outcome: SendOutcome): SendOutcome {
    return 'reason' in outcome ? { ...outcome, reason: client.redactAndTruncate(outcome.reason) } : outcome;
  }
}

function isWanted({ unread, channel, at }: Conversation, filter: InboxFilter): boolean {
  if (filter.unread && unread === 0) return false;
  if (filter.channel !== undefined && channel !== filter.channel) return false;
  return filter.since === undefined || at === null || at >= filter.since;
}

/** The entries of a list that an answer holds, under `name` or one of the usual names. */
export function entriesOf(json: unknown, name: string): unknown[] | undefined {
  const told = asObject(json);
  return asList(json) ?? asList(told?.[name]) ?? asList(told?.data) ?? asList(told?.content);
}

/**
 * A conversation as the gateway tells of it. The vendor names few of its fields, so several are looked for; undefined
 * where there is no id, no channel of ours or nobody on the other side.
 */
export function conversationIn(json: unknown): Conversation | undefined {
  const entry = asObject(json);
  if (entry === undefined) return undefined;
  const chat = firstId(entry, 'chatId', 'conversationId', 'id');
  const channel = parseChannel(firstText(entry, 'channel', 'channelId') ?? asObject(entry.channel)?.name);
  const phone = phoneIn(entry);
  if (chat === undefined || channel === null || phone === undefined) return undefined;
  const unread = asNumber(firstText(entry, 'unreadCount', 'unread', 'unreadMessages'));
  return {
    chat,
    channel,
    phone: readInboundNumber(phone),
    unread: unread !== undefined && Number.isInteger(unread) ? unread : null,
    last: previewIn(entry),
    at: momentIn(firstText(entry, 'lastMessageDate', 'lastMessageAt', 'updatedAt')),
  };
}

function phoneIn(entry: Json): string | undefined {
  const names = ['phoneNumber', 'phone', 'source', 'contactPhone'];
  const contact = asObject(entry.contact);
  return (contact && firstId(contact, ...names)) ?? firstId(entry, ...names, 'contact');
}

function previewIn(entry: Json): string | null {
  const message = asObject(entry.lastMessage);
  return (
    (message && firstText(message, 'text', 'body')) ?? firstText(entry, 'lastMessage', 'preview') ?? null
  );
}

/** A message of a conversation; undefined where neither a text nor its kind is told. */
export function utteranceIn(json: unknown, now: Instant): ConversationMessage | undefined {
  const entry = asObject(json);
  if (entry === undefined) return undefined;
  const type = asId(entry.messageType)?.toLowerCase();
  const text = firstText(entry, 'text', 'body', 'message', 'content') ?? (type && `[${type}]`);
  if (text === undefined) return undefined;
  const direction = asText(entry.direction)?.toUpperCase().startsWith('IN') ? 'in' : 'out';
  return {
    id: firstId(entry, 'customerMessageId', 'messageId', 'id') ?? null,
    direction,
    text,
    status: direction === 'out' ? (parseReceipt(entry, now)?.status ?? null) : null,
    at: parseInstant(entry) ?? momentIn(firstText(entry, 'date', 'createdAt')) ?? now,
  };
}

function momentIn(text: string | undefined): Instant | null {
  const instant = Date.parse(text ?? '');
  return Number.isNaN(instant) ? null : instant;
}
