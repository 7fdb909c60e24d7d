import type { ChannelName } from './channels/channel.ts';
import type { Status } from './event.ts';
import type { Instant } from './time.ts';

/** What a person and we wrote each other on one channel. */
export interface Conversation {
  /** The gateway's id of it; where only this machine knows it, channel and number. */
  chat: string;
  channel: ChannelName;
  /** E.164 where it is a number. */
  phone: string;
  /** Messages nobody has read; null where nobody knows. */
  unread: number | null;
  /** The beginning of the last message. */
  last: string | null;
  at: Instant | null;
}

/** One message of a conversation. */
export interface ConversationMessage {
  /** Ours or the gateway's; null where none is told. */
  id: string | null;
  /** `in`: they wrote it. */
  direction: 'in' | 'out';
  text: string;
  /** Where one of ours stands; null for theirs, or where nobody knows. */
  status: Status | null;
  at: Instant;
}

/** The id of a conversation that only this machine knows. */
export function localChat(channel: ChannelName, phone: string): string {
  return `${channel}:${phone}`;
}

/** Whether the gateway knows nothing of it. */
export function isLocal({ chat, channel, phone }: Conversation): boolean {
  return chat === localChat(channel, phone);
}
