import type { ChannelName } from '../message/channels/channel.ts';
import type { Conversation, ConversationMessage } from '../message/conversation.ts';
import type { Instant } from '../message/time.ts';
import type { SendOutcome } from './gateway.ts';

/** Filter of a conversation list; an absent field does not filter. */
export interface InboxFilter {
  unread?: boolean | undefined;
  channel?: ChannelName | undefined;
  since?: Instant | undefined;
}

/**
 * Conversations in the gateway's inbox. Every call throws Failure `gateway.*`, or `inbox.none` if there is no inbox.
 */
export interface Inbox {
  /** Identifies gateway and account, as `Gateway.route` does. */
  readonly account: string;
  /** Lists conversations, the latest first; requests each page when it is needed. */
  list(filter: InboxFilter): AsyncGenerator<Conversation>;
  get(chat: string): Promise<Conversation | undefined>;
  /** Lists messages, the oldest first; reads all of them before the first. Their texts are as received: see `mask`. */
  messages(chat: string): AsyncGenerator<ConversationMessage>;
  /** Replies on the conversation's channel; never repeated. `mayLeave` as in `Gateway.send`. */
  reply(chat: string, id: string, text: string, mayLeave?: () => boolean): Promise<SendOutcome>;
  markRead(chat: string): Promise<void>;
  /** Masks the secrets in a text, before it is shown or stored. Words are recognized in the text as received. */
  mask(text: string): string;
}
