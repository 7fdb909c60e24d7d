import { isChannelName } from '../../message/channels/channel.ts';
import { refuse } from '../answer.ts';
import type { SandboxDeps } from '../deps.ts';
import { scenarioOf } from '../scenarios.ts';
import { wordOf } from '../status-body.ts';
import { textOf } from '../text.ts';
import { buildTimeline } from '../timeline.ts';
import { iso } from '../webhooks/shape.ts';
import type { Party, SandboxChat } from './inbox-state.ts';

/** A message of a conversation, in either direction. */
export interface Entry {
  messageId: string;
  text: string;
  /** When it was written, or its attempt on this channel began. */
  at: number;
  /** The vendor's word for where it stands; null for what they wrote. */
  status: string | null;
}

/** The same for the same number and channel, always. */
export function chatId({ channel, phone }: Party): string {
  return `${channel}-${phone.slice(1)}`;
}

/** @throws Refusal 404 where nobody has written under this id */
export function chatOf(id: string, { state }: SandboxDeps): SandboxChat {
  const [, channel = '', digits] = /^([a-z]+)-(\d+)$/.exec(id) ?? [];
  const chat = isChannelName(channel) ? state.inbox.chat({ channel, phone: `+${digits}` }) : undefined;
  return chat ?? refuse(404, 'No conversation has this id');
}

/** What went out to them on the channel, the newest first. What was only simulated never did. */
export function* sent({ channel, phone }: Party, tools: SandboxDeps): Generator<Entry> {
  const { state, now, speed } = tools;
  const few = 20;
  for (let skip = 0; ; skip += few) {
    const messages = state.inbox.sentTo(phone, skip, few);
    for (const message of messages) {
      const life = buildTimeline(message, scenarioOf(phone), now(), speed);
      const steps = life.filter((step) => step.channel === channel);
      const [first, last] = [steps[0], steps.at(-1)];
      if (first === undefined || last === undefined) continue;
      const text = textOf(message, channel, tools);
      yield { messageId: message.messageId, text, at: first.at, status: wordOf(last.status) };
    }
    if (messages.length < few) return;
  }
}

/** What was said last by either side, and when. */
export function lastOf(chat: SandboxChat, tools: SandboxDeps): { text: string; at: number } {
  const [ours] = sent(chat, tools);
  return ours && ours.at >= chat.at ? ours : chat;
}

/** A conversation as the vendor's inbox shows it, as far as its pages tell. Nobody is ever its assignee here. */
export function renderEntry(chat: SandboxChat, tools: SandboxDeps) {
  const { text, at } = lastOf(chat, tools);
  return {
    chatId: chatId(chat),
    channel: chat.channel.toUpperCase(),
    contact: { phoneNumber: chat.phone },
    unreadCount: chat.unread,
    lastMessage: preview(text),
    lastMessageDate: iso(at),
    assignee: null,
  };
}

/** The beginning, cut between characters. */
function preview(text: string): string {
  const characters = [...text];
  return characters.length <= 80 ? text : `${characters.slice(0, 79).join('')}…`;
}
