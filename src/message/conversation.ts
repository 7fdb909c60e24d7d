import type { ChannelName } from './channels/channel.ts';
import type { Status } from './event.ts';
import type { Instant } from './time.ts';

/** A conversation with one number on one channel. */
export interface Conversation {
  /** Gateway's id; for a conversation known only on this machine, channel and number. */
  chat: string;
  channel: ChannelName;
  /** Number in E.164, or a name. */
  phone: string;
  /** Number of unread messages; null if unknown. */
  unread: number | null;
  /** Start of the last message. */
  last: string | null;
  at: Instant | null;
}

/** One message of a conversation. */
export interface ConversationMessage {
  /** Our id or the gateway's; null if not reported. */
  id: string | null;
  /** `in` for a message from the person. */
  direction: 'in' | 'out';
  text: string;
  /** Status of an outbound message; null for an inbound one, or if unknown. */
  status: Status | null;
  at: Instant;
  /** True if it does not tell when the person last wrote: its time is unknown, or later messages were not read. */
  isInconclusive?: boolean;
}

/** Returns the id of a conversation that is known only on this machine. */
export function toLocalChatId(channel: ChannelName, phone: string): string {
  return `${channel}:${phone}`;
}

/** Reports whether a conversation is unknown to the gateway. */
export function isLocalChat({ chat, channel, phone }: Conversation): boolean {
  return chat === toLocalChatId(channel, phone);
}
