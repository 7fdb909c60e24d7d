import { isChannelName } from '../../message/channels/channel.ts';
import { refuse } from '../answer.ts';
import type { SandboxDeps } from '../deps.ts';
import { findScenario } from '../scenarios.ts';
import { toVendorStatus } from '../status-body.ts';
import { renderMessageText } from '../text.ts';
import { buildTimeline } from '../timeline.ts';
import { toIso } from '../webhooks/shape.ts';
import type { ChatKey, SandboxChat } from './inbox-state.ts';

/** A message of a conversation, in either direction. */
export interface ChatMessage {
  /** Number of the message in the conversation, which rises with time. */
  id: number;
  messageId: string;
  text: string;
  /** Time at which the message was received, or its attempt on this channel began. */
  at: number;
  /** Status by the vendor's word; null for an inbound message. */
  status: string | null;
}

/** Returns the id of a conversation, which is derived from number and channel. */
export function toChatId({ channel, phone }: ChatKey): string {
  return `${channel}-${phone.slice(1)}`;
}

/** Returns the conversation with this id. @throws HttpError 404 if the number has never written on the channel */
export function findChat(id: string, { state }: SandboxDeps): SandboxChat {
  const [, channel = '', digits] = /^([a-z]+)-(\d+)$/.exec(id) ?? [];
  const chat = isChannelName(channel) ? state.inbox.chat({ channel, phone: `+${digits}` }) : undefined;
  return chat ?? refuse(404, 'No conversation has this id');
}

/** Yields the messages sent to the number on the channel, the newest first, without simulated ones. */
export function* listSent({ channel, phone }: ChatKey, deps: SandboxDeps): Generator<ChatMessage> {
  const { state, now, speed } = deps;
  const pageSize = 20;
  for (let skip = 0; ; skip += pageSize) {
    const messages = state.inbox.listSentTo(phone, skip, pageSize);
    for (const message of messages) {
      const timeline = buildTimeline(message, findScenario(phone), now(), speed);
      const steps = timeline.filter((step) => step.channel === channel);
      const [first, last] = [steps[0], steps.at(-1)];
      if (first === undefined || last === undefined) continue;
      const text = renderMessageText(message, channel, deps);
      const id = numberEntry(first.at, 'sent', message.n);
      yield { id, messageId: message.messageId, text, at: first.at, status: toVendorStatus(last.status) };
    }
    if (messages.length < pageSize) return;
  }
}

/** Yields the messages received, the oldest first. */
export function listReceived(chat: ChatKey, { state }: SandboxDeps): ChatMessage[] {
  return state.inbox.listReceived(chat).map(({ n, messageId, text, at }) => {
    const id = numberEntry(at, 'received', n);
    return { id, messageId, text, at, status: null };
  });
}

/**
 * Numbers an entry by its time, which all processes on one state agree on, as a safe integer. Within a millisecond those
 * received go first, and each direction keeps its order.
 */
function numberEntry(at: number, direction: 'received' | 'sent', n: number): number {
  return at * 1000 + (direction === 'sent' ? 500 : 0) + (n % 500);
}

/** Returns text and time of the latest message in either direction. */
export function findLast(chat: SandboxChat, deps: SandboxDeps): { text: string; at: number } {
  const [ours] = listSent(chat, deps);
  return ours && ours.at >= chat.at ? ours : chat;
}

/** Renders a conversation like the vendor's inbox, as far as its pages describe it. The assignee is always null. */
export function renderEntry(chat: SandboxChat, deps: SandboxDeps) {
  const { text, at } = findLast(chat, deps);
  return {
    chatId: toChatId(chat),
    channel: chat.channel.toUpperCase(),
    contact: { phoneNumber: chat.phone },
    unreadCount: chat.unread,
    lastMessage: truncatePreview(text),
    lastMessageDate: toIso(at),
    assignee: null,
  };
}

/** Cuts a text to 80 characters, never within a character. */
function truncatePreview(text: string): string {
  const characters = [...text];
  return characters.length <= 80 ? text : `${characters.slice(0, 79).join('')}…`;
}
