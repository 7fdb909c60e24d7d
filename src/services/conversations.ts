import { Failure } from '../errors.ts';
import type { Inbox, InboxFilter } from '../gateway/inbox.ts';
import type { Ledger } from '../ledger/api.ts';
import { detectConsentKeyword } from '../message/consent.ts';
import type { Conversation, ConversationMessage } from '../message/conversation.ts';
import { currentChannel, statusOf } from '../message/delivery.ts';
import { rank } from '../message/event.ts';
import type { ConsentKeywords } from '../message/opt-out.ts';
import { toPersonKey } from '../message/person.ts';
import type { Instant } from '../message/time.ts';
import type { Inbound } from '../message/webhook.ts';
import { describeUnclearSender, listUnclearSenders } from './unclear-sender.ts';

/** The sources of conversations: the gateway's inbox, if there is one, and the ledger. */
export interface ConversationSources {
  inbox: Inbox | undefined;
  ledger: Ledger;
  /** Keywords that opt people out and in again. */
  words: ConsentKeywords;
  now: Instant;
  /** Writes a note to stderr. */
  note(text: string): void;
}

/** Conversations whose messages are requested at once. */
const concurrentReads = 4;

/** Conversations that could not be read, after which reading ends: the gateway fails. */
const maxFailedReads = 5;

/** A conversation is read again if its last message is this much older than the last look, in milliseconds. */
const lookOverlapMs = 60_000;

/** Conversations in a row without a new message, after which the others have none either, if they are in order. */
const maxUnchanged = 100;

/** The largest difference between the clocks of the gateway and this machine, in milliseconds. */
const maxClockSkewMs = 5 * 60_000;

/**
 * Reads what people wrote since the last look at the gateway's inbox, and records it, with opt-outs: a STOP may be
 * followed by another message, so the last one of a conversation does not tell. Returns the first failure of a
 * conversation; then the next look begins where this one did.
 * @throws Failure as `Inbox.list`
 */
export async function readNewMessages(
  inbox: Inbox,
  sources: Omit<ConversationSources, 'inbox'>,
  onRead: (conversations: number) => void = () => {},
): Promise<Failure | undefined> {
  const { inbounds } = sources.ledger;
  const last = await inbounds.lastLook(inbox.account);
  const latestPossible = sources.now + maxClockSkewMs;
  const failures: Failure[] = [];
  let latest = last;
  let read = 0;
  const chats = changedConversations(inbox, last);
  async function work(): Promise<void> {
    while (failures.length < maxFailedReads) {
      const next = await chats.next();
      if (next.done) return;
      const { at } = next.value;
      try {
        await listMessages(next.value, { ...sources, inbox });
        onRead(++read);
        if (at !== null && at <= latestPossible) latest = Math.max(latest ?? at, at);
      } catch (cause) {
        if (!(cause instanceof Failure) || !/^(?:gateway|inbox)\./.test(cause.code)) throw cause;
        failures.push(cause);
      }
    }
  }
  try {
    await Promise.all(Array.from({ length: concurrentReads }, work));
  } finally {
    await chats.return(undefined);
  }
  if (failures.length === 0 && latest !== undefined && latest !== last)
    await inbounds.saveLook(inbox.account, latest);
  return failures[0];
}

/** Yields the conversations with a message since `last`; all if it is undefined. */
async function* changedConversations(inbox: Inbox, last: Instant | undefined): AsyncGenerator<Conversation> {
  const since = last === undefined ? Number.NEGATIVE_INFINITY : last - lookOverlapMs;
  let before = Number.POSITIVE_INFINITY;
  let isOrdered = true;
  let unchanged = 0;
  // Without a filter for the time: the gateway's time zone is not known, and some gateways ignore a filter.
  for await (const chat of inbox.list({})) {
    const { at } = chat;
    isOrdered &&= at !== null && at <= before;
    before = at ?? before;
    unchanged = at === null || at >= since ? 0 : unchanged + 1;
    if (unchanged === 0) yield chat;
    else if (isOrdered && unchanged >= maxUnchanged) return;
  }
}

/** Returns the latest conversations, at most `limit`. */
export async function listConversations(
  filter: InboxFilter,
  limit: number,
  sources: ConversationSources,
): Promise<Conversation[]> {
  const { inbox, ledger } = sources;
  const problem = inbox && (await readNewMessages(inbox, sources));
  if (problem) sources.note(`note: opt-outs in the inbox may be missing: ${problem.message}`);
  const found = new Map<string, Conversation>();
  const place = ({ channel, phone }: Conversation) => `${channel} ${toPersonKey(phone)}`;
  if (inbox)
    for await (const one of inbox.list(filter)) {
      found.set(place(one), one);
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

/** The largest difference between two timestamps of one message, in milliseconds. */
const maxSkewMs = 2_000;

/**
 * Returns the messages of a conversation, the oldest first. Records inbound messages that only the gateway knew: they
 * open the customer-service window, and may opt the sender out.
 */
export async function listMessages(
  { chat, channel, phone }: Conversation,
  { inbox, ledger, words, now, note }: ConversationSources,
): Promise<ConversationMessage[]> {
  const atGateway: (ConversationMessage & { consent: Consent })[] = [];
  if (inbox)
    for await (const one of inbox.messages(chat))
      atGateway.push({
        ...one,
        text: inbox.mask(one.text),
        consent: detectConsentKeyword(one.text, words, [words.sender]),
      });
  const received = atGateway.filter(({ direction }) => direction === 'in');
  const known = await ledger.inbounds.list({ phone, channel });
  const missing = received.filter((one) => !known.some((inbound) => isSame(inbound, one)));
  if (missing.length > 0) {
    const recorded = await ledger.events.record(
      missing.map(({ id, text, at, isInconclusive, consent }) => ({
        event: {
          kind: 'inbound',
          inbound: {
            // An id may be unique within its conversation only.
            key: `inbox ${channel} ${chat} ${phone} ${id ?? `${at} ${text}`}`,
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
        consent,
      })),
      [],
      now,
    );
    for (const sender of listUnclearSenders(recorded)) note(describeUnclearSender(sender));
  }
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
    return {
      id: plan.id,
      direction: 'out',
      text: text ?? (template === null ? '[media]' : `[template ${template}]`),
      status,
      at,
    };
  });
  const ownIds = new Set(sentHere.flatMap(({ plan, gatewayId }) => [plan.id, gatewayId]));
  const others = atGateway.filter(({ direction, id }) => direction === 'out' && !ownIds.has(id));
  return [...received, ...onlyHere, ...sent, ...others]
    .map(({ consent: _, ...message }: ConversationMessage & { consent?: Consent }) => message)
    .sort((a, b) => a.at - b.at);
}

type Consent = ReturnType<typeof detectConsentKeyword>;

/**
 * The largest difference between two times of a message with an id, in milliseconds: one of them may be in another time
 * zone. Beyond it, the id is that of a message in another conversation of the same person.
 */
const maxNamedSkewMs = 26 * 3_600_000;

function isSame({ id, text, at, isInconclusive = false }: Inbound, message: ConversationMessage): boolean {
  if (id !== null && message.id !== null && id !== message.id) return false;
  const isNamed = id !== null && message.id !== null;
  if ((text ?? '') !== message.text) return false;
  if (isNamed && (isInconclusive || message.isInconclusive)) return true;
  return Math.abs(at - message.at) <= (isNamed ? maxNamedSkewMs : maxSkewMs);
}
