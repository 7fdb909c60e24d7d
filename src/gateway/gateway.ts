import type { ChannelName } from '../message/channel.ts';
import type { Receipt } from '../message/event.ts';
import type { Plan } from '../message/message.ts';

/** What became of handing a message over. Every outcome says whether the gateway has it. */
export type SendOutcome =
  /** It has it. */
  | { kind: 'accepted'; gatewayId: string | null; channel: ChannelName | null; simulation: boolean }
  /** It has read it and will not take it; sending again changes nothing. */
  | { kind: 'refused'; reason: string }
  /** It has not taken it and says when to come again. */
  | { kind: 'limited'; wait: number; reason: string }
  /** It has not got it: the request never left. */
  | { kind: 'unsent'; reason: string }
  /** It has not taken it, for a reason that every request meets: the key, the address. */
  | { kind: 'barred'; code: string; reason: string; hint: string }
  /** Nobody knows. */
  | { kind: 'doubt'; reason: string };

/** What the gateway knows of a message it was asked for. */
export interface Known {
  /** Our id, where told. */
  id: string | null;
  receipt: Receipt;
  /** The attempts before the one in play, where the gateway tells of them. */
  earlier: Receipt[];
  gatewayId: string | null;
  /** The destination, where told. */
  to: string | null;
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
  /** `pause`: the gateway says that nothing more is allowed for so many milliseconds. */
  send(plan: Plan): Promise<SendOutcome & { pause?: number }>;
  /**
   * Asks for many messages at once, each by our id or the gateway's. Ids it does not know are absent. A gateway
   * that fails for a moment is asked again, in all for `patience` milliseconds at most.
   * @throws Failure `gateway.*` when it cannot be asked
   */
  status(ids: readonly string[], patience?: number): Promise<Map<string, Known>>;
  preview(plan: Plan): Preview;
  /** So many messages are to be sent: resolves when it is ready for them. */
  prepare(messages: number): Promise<void>;
  close(): Promise<void>;
}
