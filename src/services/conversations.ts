import type { Inbox, InboxFilter } from '../gateway/partner/inbox.ts';
import type { Ledger } from '../ledger/api.ts';
import { detectConsentKeyword } from '../message/consent.ts';
import type { Conversation, ConversationMessage } from '../message/conversation.ts';
import { currentChannel, statusOf } from '../message/delivery.ts';
import { rank } from '../message/event.ts';
import type { ConsentKeywords } from '../message/opt-out.ts';
import type { Instant } from '../message/time.ts';
import type { Inbound } from '../message/webhook.ts';

/** Conversations as the gateway and the ledger know them: without an inbox, the ledger alone. */
export interface ConversationSources {
  inbox: Inbox | undefined;
  ledger: Ledger;
  /** Words by which people opt out, and in again. */
  words: ConsentKeywords;
  now: Instant;
}

/** The latest conversations, at most so many. */
export async function listConversations(
  filter: InboxFilter,
  most: number,
  sources: ConversationSources,
): Promise<Conversation[]> {
  const { inbox, ledger } = sources;
  const found = new Map<string, Conversation>();
  const place = ({ channel, phone }: Conversation) => `${channel} ${phone}`;
  if (inbox)
    for await (const one of inbox.list(filter)) {
      found.set(place(one), one);
      // Who wants no messages is not to wait until somebody reads that.
      if (one.last !== null && detectConsentKeyword(one.last, sources.words))
        await listMessages(one, sources);
      if (found.size === most) break;
    }
  for (const local of await ledger.inbounds.chats(filter, most)) {
    const known = found.get(place(local));
    // What the gateway left away is read: only it knows.
    if (known === undefined && filter.unread && inbox) continue;
    if (known === undefined) found.set(place(local), local);
    else if ((known.at ?? 0) < (local.at ?? 0))
      found.set(place(local), { ...known, last: local.last, at: local.at });
  }
  return [...found.values()].sort((a, b) => (b.at ?? 0) - (a.at ?? 0)).slice(0, most);
}

/** Two notes of one message may differ in time by so many milliseconds. */
const slack = 2_000;

/**
 * All that was said in a conversation, the oldest first. What the gateway tells of them is kept: it opens the
 * customer-service window, and may opt somebody out.
 */
export async function listMessages(
  { chat, channel, phone }: Conversation,
  { inbox, ledger, words, now }: ConversationSources,
): Promise<ConversationMessage[]> {
  const told: ConversationMessage[] = [];
  if (inbox) for await (const one of inbox.messages(chat)) told.push(one);
  const theirs = told.filter(({ direction }) => direction === 'in');
  const known = await ledger.inbounds.list({ phone, channel });
  const missing = theirs.filter((one) => !known.some((inbound) => isSame(inbound, one)));
  if (missing.length > 0)
    await ledger.events.record(
      missing.map(({ id, text, at }) => ({
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
          },
        },
        consent: detectConsentKeyword(text, words),
      })),
      [],
      now,
    );
  const more = known
    .filter((inbound) => !theirs.some((one) => isSame(inbound, one)))
    .map(
      (inbound): ConversationMessage => ({
        id: inbound.id,
        direction: 'in',
        text: inbound.text ?? `[${inbound.type}]`,
        status: null,
        at: inbound.at,
      }),
    );
  const ours = await ledger.list({ to: phone });
  const gone = ours.filter((delivery) => delivery.phase !== 'queued' && currentChannel(delivery) === channel);
  const theirWord = new Map(told.flatMap((one) => (one.id === null ? [] : [[one.id, one.status]])));
  const sent = gone.map((delivery): ConversationMessage => {
    const { plan, gatewayId, createdAt: at } = delivery;
    const { text, template } = plan.message;
    const own = statusOf(delivery);
    const said = theirWord.get(plan.id) ?? (gatewayId === null ? null : theirWord.get(gatewayId)) ?? own;
    const status = rank[said] > rank[own] ? said : own;
    return { id: plan.id, direction: 'out', text: text ?? `[template ${template}]`, status, at };
  });
  const ownIds = new Set(gone.flatMap(({ plan, gatewayId }) => [plan.id, gatewayId]));
  const others = told.filter(({ direction, id }) => direction === 'out' && !ownIds.has(id));
  return [...theirs, ...more, ...sent, ...others].sort((a, b) => a.at - b.at);
}

function isSame({ id, text, at }: Inbound, utterance: ConversationMessage): boolean {
  if (id !== null && utterance.id !== null && id !== utterance.id) return false;
  const isNamed = id !== null && utterance.id !== null;
  return (text ?? '') === utterance.text && (isNamed || Math.abs(at - utterance.at) <= slack);
}
