import type { ChannelName } from './channel.ts';
import type { Plan } from './message.ts';
import type { Status } from './status.ts';

/** Milliseconds since 1970, UTC. */
export type Instant = number;

/** What a gateway said of a message it took. */
export interface Receipt {
  /** The channel it speaks of; null where the gateway does not say. */
  channel: ChannelName | null;
  status: Exclude<Status, 'queued' | 'rejected'>;
  reason: string | null;
  /** When it happened, by the gateway's clock. */
  at: Instant;
  /** Where it speaks of one part of an SMS only: which, from 1, of how many. */
  part?: { number: number; of: number };
}

/** All that can happen to a message. Events are appended, never changed; `fold` makes a delivery of them. */
export type Event =
  /** What never left gives way to another content under the same id. */
  | { kind: 'replaced'; at: Instant; plan: Plan }
  /** A request is about to leave. `owner` names the process that sends it. */
  | { kind: 'intent'; at: Instant; owner: string }
  /** The gateway took it. */
  | { kind: 'accepted'; at: Instant; channel: ChannelName; gatewayId: string | null; simulation: boolean }
  /** The gateway will not take it: final. */
  | { kind: 'refused'; at: Instant; reason: string }
  /** The request is known not to have been taken: it may be sent again. */
  | { kind: 'unsent'; at: Instant; reason: string }
  /** The request may have been taken: it may not be sent again before the gateway was asked. */
  | { kind: 'doubt'; at: Instant; reason: string }
  | ({ kind: 'receipt' } & Receipt);
