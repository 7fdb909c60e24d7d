import type { ChannelName } from '../message/channels/channel.ts';
import type { SmsSize } from '../message/sms.ts';
import type { Instant } from '../message/time.ts';
import type { MessageStatus } from './gateway.ts';

/** Selects messages of one channel by the time at which they were sent, both ends included. */
export interface HistoryQuery {
  channel: ChannelName;
  since: Instant;
  until: Instant;
}

/** A message that the account sent, from any program. */
export interface HistoryEntry {
  /** Ids that may be ours. */
  ids: string[];
  status: MessageStatus;
  /** True if the entry proves that the gateway has the message. */
  isProof: boolean;
  /** Text and sender as sent; null if not reported. */
  text: string | null;
  sender: string | null;
  /** When it was sent; null if not reported. */
  sentAt: Instant | null;
  /** Size of the SMS; absent if not reported. */
  size?: SmsSize;
}

/** One page of the history. */
export interface HistoryPage {
  entries: HistoryEntry[];
  /** True if there may be further messages that are not read. */
  isCut: boolean;
}
