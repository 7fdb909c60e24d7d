import type { ChannelName } from '../message/channels/channel.ts';
import type { AcceptanceDetails, Receipt } from '../message/event.ts';
import type { Message, Plan } from '../message/message.ts';

/** Outcome of sending a message. Every kind says whether the gateway has the message. */
export type SendOutcome =
  /** The gateway has the message. */
  | ({
      kind: 'accepted';
      gatewayId: string | null;
      /** Channel that took it; null for the one it was sent to. */
      channel: ChannelName | null;
      simulation: boolean;
    } & AcceptanceDetails)
  /**
   * The gateway read the message and rejected it; sending it again changes nothing. `isMalformed`: rejected by HTTP 400
   * or 422, so the gateway may expect another dialect; `hint` names it.
   */
  | { kind: 'refused'; reason: string; isMalformed?: boolean; hint?: string | undefined }
  /** The gateway did not take the message and says when to retry: `wait`, in milliseconds. */
  | { kind: 'rateLimited'; wait: number; reason: string }
  /** The gateway does not have the message: the request never left. */
  | { kind: 'notSent'; reason: string }
  /** The gateway did not take the message, for a reason that fails every request: the API key, the base URL. */
  | { kind: 'fatal'; code: string; reason: string; hint: string }
  /** Unknown: the request may have arrived. */
  | { kind: 'doubt'; reason: string }
  /** The gateway does not have the message: its sender was not allowed to write the request. Says nothing about the gateway. */
  | { kind: 'withheld' };

/** Outcome of a request that its sender allowed to leave. */
export type RequestOutcome = Exclude<SendOutcome, { kind: 'withheld' }>;

/** Status of a message at the gateway. */
export interface MessageStatus {
  /** Our id, or null if not reported. */
  id: string | null;
  receipt: Receipt;
  /** Receipts of the channels tried before the current one, where reported. */
  previousAttempts: Receipt[];
  gatewayId: string | null;
  /** Recipient, or null if not reported. */
  to: string | null;
}

/** Reference to a message in a status request. */
export interface StatusRef {
  /** Our id; for a message sent by another program the same as `gatewayId`, since either may be meant. */
  id: string;
  gatewayId: string | null;
  /** Channels the message may be known on, the one it was sent to first. */
  channels: readonly ChannelName[];
}

/** Evidence in a status response about messages in doubt. */
export interface Evidence {
  /** Messages that the gateway has, by our id. */
  accepted: Map<string, MessageStatus[]>;
  /** Ids of messages that the gateway is proven not to have. */
  absent: Set<string>;
  /** Reason why the other messages are in neither set; null if there are none. */
  gap: string | null;
}

/** A request as it would be sent, with secrets masked, for display. */
export interface Preview {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

/** The gateway as the rest of the program sees it: without HTTP or vendor words. */
export interface Gateway {
  /** Requests a minute that the gateway allows this account; undefined until a response says so. */
  readonly limit: number | undefined;
  /**
   * Sends a message. `mayLeave` is called in the turn of the event loop in which the request is written, right before;
   * where it returns false, nothing is written. `pause`: milliseconds for which the gateway allows no further request.
   */
  send(plan: Plan, mayLeave?: () => boolean): Promise<SendOutcome & { pause?: number }>;
  /** Lists the channels on which the gateway may know a message, the one it is sent to first. */
  listChannels(message: Message): readonly ChannelName[];
  /** Digest of base URL, account and dialect, which the ledger stores with each message. */
  readonly route: string;
  /**
   * Requests the status of messages. Messages that the gateway does not list are absent from the map. Retries transient
   * failures for at most `timeoutMs` milliseconds in all.
   * @throws Failure `gateway.*` when the request fails
   */
  status(refs: readonly StatusRef[], timeoutMs?: number): Promise<Map<string, MessageStatus[]>>;
  /**
   * Finds out whether the gateway has messages of one endpoint. A message counts as absent only if the same response
   * lists one of the `controls`: ids of messages that the same endpoint accepted before.
   * @throws Failure `gateway.*` when the request fails
   */
  prove(refs: readonly StatusRef[], controls: readonly string[], timeoutMs?: number): Promise<Evidence>;
  preview(plan: Plan): Preview;
  /** Prepares for sending this many messages; resolves when the connections are ready. */
  warmUp(messages: number): Promise<void>;
  close(): Promise<void>;
}
