import type { Delivery } from '../message/delivery.ts';
import type { Event, Instant } from '../message/event.ts';

/** A message of a bulk that this process, and no other, is busy with. */
export interface Claimed {
  row: number;
  /** As it stood when it was last read or kept. */
  delivery: Delivery;
  /** The claim that alone tells of it; null once an outcome does. */
  claim: number | null;
}

/** Something that happened to a message. */
export interface Happened {
  of: Claimed;
  event: Event;
}

/** The sending of a bulk by one process. */
export interface Run {
  /**
   * Keeps what happened, in the deliveries too, and claims the next messages to send, all in one commit: `most` at
   * the most, fewer only where there are no more, none where somebody asked to stop. A power cut does not undo a claim,
   * and of outcomes only those since the last claim: they are in doubt then. Messages to those who have opted out since
   * the bulk was made count among the `most`, are refused in the same commit, and are not to be sent.
   */
  turn(
    happened: readonly Happened[],
    most: number,
    now: Instant,
  ): Promise<{ claimed: Claimed[]; refused: Claimed[]; stopped: boolean }>;
  /** Those whose outcome nobody knows, in pages. */
  doubts(): AsyncGenerator<Claimed[]>;
  /** Tells whether this process must `confirm` before it sends anything: it may have been suspended. */
  isStale(): boolean;
  /** @throws Failure `ledger.unusable` where another machine has taken over what this process had claimed */
  confirm(): Promise<void>;
  /** Gives the bulk back. */
  end(): Promise<void>;
}
