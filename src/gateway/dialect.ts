import type { ChannelName } from '../message/channels/channel.ts';
import type { Plan } from '../message/message.ts';
import type { MessageStatus, SendOutcome } from './gateway.ts';

/** One generation of the gateway's HTTP bodies: what is asked where, and what the answers say. Pure. */
export interface Dialect {
  send(plan: Plan): { path: string; body: Record<string, unknown> };
  /** Reads the JSON of a 2xx answer to `send`; undefined when it says nothing one could rely on. */
  readSend(json: unknown, plan: Pick<Plan, 'id' | 'to'>): SendOutcome | undefined;
  /** Says what to do where a refusal (HTTP 400 or 422) shows that the gateway expects bodies of another dialect. */
  hintFor(refusal: string): string | undefined;
  /** The calls that tell where many messages stand, in the order in which they are tried. */
  statusCalls: readonly StatusCall[];
  /** Reads the JSON of a 2xx answer to one of them; undefined when it is none. */
  readStatus(json: unknown, now: number): StatusAnswer | undefined;
}

/** A call that tells where many messages stand. None of them tells a message that is absent by a 404. */
export interface StatusCall {
  /** Under which it is remembered. */
  name: string;
  /** True if it wants to know the channel, and then knows no message of another. */
  byChannel: boolean;
  path(ids: readonly string[], channel: ChannelName): string;
}

export interface StatusAnswer {
  /** True if it is a list that nothing says to be a part of a longer one: a message can be absent from it. */
  isWhole: boolean;
  entries: StatusEntry[];
  /** Entries that do not say which message they are of. */
  nameless: number;
}

/** One message as a status answer shows it. */
export interface StatusEntry {
  /** The ids in it that may be ours. */
  ids: string[];
  status: MessageStatus;
  /** True if it proves that the gateway has the message. Words that mean nothing to us do not. */
  isProof: boolean;
}
