import type { ChannelName } from '../message/channels/channel.ts';
import type { Receipt } from '../message/event.ts';
import type { Plan } from '../message/message.ts';

/** What became of handing a message over. Every outcome says whether the gateway has it. */
export type SendOutcome =
  /** It has it. */
  | { kind: 'accepted'; gatewayId: string | null; channel: ChannelName | null; simulation: boolean }
  /**
   * It has read it and will not take it; sending again changes nothing. `isMalformed`: by HTTP 400 or 422, so that it may
   * expect other bodies; `hint` tells which.
   */
  | { kind: 'refused'; reason: string; isMalformed?: boolean; hint?: string | undefined }
  /** It has not taken it and says when to come again. */
  | { kind: 'rateLimited'; wait: number; reason: string }
  /** It has not got it: the request never left. */
  | { kind: 'notSent'; reason: string }
  /** It has not taken it, for a reason that every request meets: the key, the address. */
  | { kind: 'fatal'; code: string; reason: string; hint: string }
  /** Nobody knows. */
  | { kind: 'doubt'; reason: string };

/** Where the gateway says that a message stands. */
export interface MessageStatus {
  /** Our id, where told. */
  id: string | null;
  receipt: Receipt;
  /** Of the channels before the one in play, where the gateway tells of them. */
  previousAttempts: Receipt[];
  gatewayId: string | null;
  /** The destination, where told. */
  to: string | null;
}

/** A message to ask about. */
export interface StatusRef {
  /** Our id; of a message that was sent from elsewhere, the same as `gatewayId`, which may be either. */
  id: string;
  gatewayId: string | null;
  /** The channels it may be known on, the one it was sent to first. */
  channels: readonly ChannelName[];
}

/** The proof that an answer gives about messages in doubt. */
export interface Evidence {
  /** Messages that the gateway has, by our id. */
  accepted: Map<string, MessageStatus[]>;
  /** Messages that it surely does not have. */
  absent: Set<string>;
  /** Why the others are neither; null where there are none. */
  gap: string | null;
}

/** A request as it would leave, for a person to look at: secrets masked. */
export interface Preview {
  method: string;
  url: string;
  headers: Record<string, string>;
  body: unknown;
}

/** The gateway, as the rest of the program sees it: no HTTP, no vendor words. */
export interface Gateway {
  /** How many requests a minute the gateway allows this account, once it has said so. */
  readonly limit: number | undefined;
  /** `pause`: the gateway says that nothing more is allowed for so many milliseconds. */
  send(plan: Plan): Promise<SendOutcome & { pause?: number }>;
  /** Names base URL, account and dialect: the ledger keeps where each message was sent to. */
  readonly route: string;
  /**
   * Asks where messages stand. Those that it does not show are absent from the map. A gateway that fails for a moment is
   * asked again, in all for `timeoutMs` at most.
   * @throws Failure `gateway.*` when it cannot be asked
   */
  status(refs: readonly StatusRef[], timeoutMs?: number): Promise<Map<string, MessageStatus[]>>;
  /**
   * Asks whether the gateway has messages of one endpoint. Only an answer that shows one of the `controls` as well, which
   * are ids of messages that were accepted from the same endpoint, proves that a message is absent.
   * @throws Failure `gateway.*` when it cannot be asked
   */
  prove(refs: readonly StatusRef[], controls: readonly string[], timeoutMs?: number): Promise<Evidence>;
  preview(plan: Plan): Preview;
  /** So many messages are to be sent: resolves when it is ready for them. */
  warmUp(messages: number): Promise<void>;
  close(): Promise<void>;
}
