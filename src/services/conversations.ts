import { Failure } from '../errors.ts';
import type { Inbox, InboxFilter } from '../gateway/partner/inbox.ts';
import type { Ledger } from '../ledger/api.ts';
import { detectConsentKeyword } from '../message/consent.ts';
import type { Conversation, ConversationMessage } from '../message/conversation.ts';
import { currentChannel, statusOf } from '../message/delivery.ts';
import { rank } from '../message/event.ts';
import type { ConsentKeywords } from '../message/opt-out.ts';
import type { Instant } from '../message/time.ts';
import type { Inbound } from '../message/webhook.ts';

/** The sources of conversations: the gateway's inbox, if there is one, and the ledger. */
export interface ConversationSources {
  inbox: Inbox | undefined;
  ledger: Ledger;
  /** Keywords that opt people out and in again. */
  words: ConsentKeywords;
  now: Instant;
  /**
   * States of conversations whose messages were read, so that a list that is repeated reads none twice. Absent where the
   * customer-service windows of a list do not matter.
   */
  readStates?: Set<string> | undefined;
}

/** Returns the latest conversations, at most `limit`. */
export async function listConversations(
  filter: InboxFilter,
  limit: number,
  sources: ConversationSources,
): Promise<Conversation[]> {
  const { inbox, ledger } = sources;
  const found = new Map<string, Conversation>();
  const place = ({ channel, phone }: Conversation) => `${channel} ${phone}`;
  if (inbox)
    for await (const one of inbox.list(filter)) {
      found.set(place(one), one);
      await readUnread(one, sources);
      if (found.size === limit) break;
    }
  for (const local of await ledger.inbounds.chats(filter, limit)) {
    const known = found.get(place(local));
    // Only the gateway knows which conversations are read: those that it leaves out are.
    if (known === undefined && filter.unread && inbox) continue;
    if (known === undefined) found.set(place(local), local);
    else if ((known.at ?? 0) < (local.at ?? 0))
      found.set(place(local), { ...known, last: local.last, at: local.at });
  }
  return [...found.values()].sort((a, b) => (b.at ?? 0) - (a.at ?? 0)).slice(0, limit);
}

/**
 * Reads the messages of a conversation once in each state, if its last message looks like an opt-out, which is recorded
 * at once, or if unread messages on WhatsApp may open the customer-service window: the list does not tell when the
 * person wrote last.
 */
async function readUnread(one: Conversation, sources: ConversationSources): Promise<void> {
  const { chat, at, unread, last, channel } = one;
  const { readStates, words } = sources;
  const state = JSON.stringify([chat, at, unread, last]);
  if (readStates?.has(state)) return;
  if (last !== null && detectConsentKeyword(last, words)) await listMessages(one, sources);
  else if (readStates && channel === 'whatsapp' && unread)
    await listMessages(one, sources).catch(ignoreGatewayFailure);
  readStates?.add(state);
}

/** Leaves the window unknown where the messages cannot be read. */
function ignoreGatewayFailure(cause: unknown): void {
  const isRefused = cause instanceof Failure && /^(?:gateway|inbox)\./.test(cause.code);
  if (!isRefused) throw cause;
}

/** The largest difference between two timestamps of one message, in milliseconds. */
const maxSkewMs = 2_000;

/**
 * Returns the messages of a conversation, the oldest first. Records inbound messages that only the gateway knew: they
 * open the customer-service window, and may opt the sender out.
 */
export async function listMessages(
  { chat, channel, phone }: Conversation,
  { inbox, ledger, words, now }: ConversationSources,
): Promise<ConversationMessage[]> {
  const atGateway: ConversationMessage[] = [];
  if (inbox) for await (const one of inbox.messages(chat)) atGateway.push(one);
  const received = atGateway.filter(({ direction }) => direction === 'in');
  const known = await ledger.inbounds.list({ phone, channel });
  const missing = received.filter((one) => !known.some((inbound) => isSame(inbound, one)));
  if (missing.length > 0)
    await ledger.events.record(
      missing.map(({ id, text, at, isInconclusive }) => ({
        event: {
          kind: 'inbound',
          inbound: {
            key: `inbox ${channel} ${id ?? `${at} ${text}`}`,
            id,
            channel,
            from: phone,
            to: null,
            text,
            type: 'text',
            media: null,
            at,
            ...(isInconclusive && { isInconclusive }),
          },
        },
        consent: detectConsentKeyword(text, words),
      })),
      [],
      now,
    );
  const onlyHere = known
    .filter((inbound) => !received.some((one) => isSame(inbound, one)))
    .map(
      (inbound): ConversationMessage => ({
        id: inbound.id,
        direction: 'in',
        text: inbound.text ?? `[${inbound.type}]`,
        status: null,
        at: inbound.at,
      }),
    );
  const deliveries = await ledger.list({ to: phone });
  const sentHere = deliveries.filter(
    (delivery) => delivery.phase !== 'queued' && currentChannel(delivery) === channel,
  );
  const gatewayStatuses = new Map(
    atGateway.flatMap((one) => (one.id === null ? [] : [[one.id, one.status]])),
  );
  const sent = sentHere.map((delivery): ConversationMessage => {
    const { plan, gatewayId, createdAt: at } = delivery;
    const { text, template } = plan.message;
    const own = statusOf(delivery);
    const reported =
      gatewayStatuses.get(plan.id) ?? (gatewayId === null ? null : gatewayStatuses.get(gatewayId)) ?? own;
    const status = rank[reported] > rank[own] ? reported : own;
    return { id: plan.id, direction: 'out', text: text ?? `[template ${template}]`, status, at };
  });
  const ownIds = new Set(sentHere.flatMap(({ plan, gatewayId }) => [plan.id, gatewayId]));
  const others = atGateway.filter(({ direction, id }) => direction === 'out' && !ownIds.has(id));
  return [...received, ...onlyHere, ...sent, ...others].sort((a, b) => a.at - b.at);
}

function isSame({ id, text, at }: Inbound, message: ConversationMessage): boolean {
  if (id !== null && message.id !== null && id !== message.id) return false;
  const isNamed = id !== null && message.id !== null;
  return (text ?? '') === message.text && (isNamed || Math.abs(at - message.at) <= maxSkewMs);
}
