import type { Bulk, Count, Entry, Order } from '../message/bulk.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Event, Instant, StatusFilter } from '../message/event.ts';
import type { Outcome } from './claims.ts';
import type { Limit, Slots } from './rate-slots.ts';

/** Which messages of a bulk; what is absent does not narrow. */
export interface RowFilter {
  statuses?: readonly StatusFilter[] | undefined;
  /** Only those that are not final. */
  open?: boolean;
  /** None that wait to be sent or are under way. */
  begun?: boolean;
}

/** A message and the row it stands in. */
export interface Placed {
  row: number;
  delivery: Delivery;
}

/**
 * Sends of many rows, as the ledger keeps them. A bulk is made in steps, `begin`, `add`, `seal`: until it is sealed
 * nobody sees it, and one that was never sealed is cleared away by whoever makes the next.
 */
export interface Bulks {
  begin(order: Order): Promise<void>;
  /**
   * Appends rows, numbered in their order. Those whose own id is known already are left out: resolves to them, by
   * their places among `entries`.
   */
  add(bulk: string, entries: readonly Entry[]): Promise<Map<number, Delivery>>;
  /**
   * Ends adding. Where another bulk was sealed with this fingerprint before, that one stands and this one is
   * dropped.
   */
  seal(bulk: string, fingerprint: string): Promise<{ bulk: Bulk; isNew: boolean }>;
  /** The bulk that was sealed with this fingerprint. */
  alike(fingerprint: string): Promise<Bulk | undefined>;
  /** Drops a bulk, unless anything of it was sent. */
  drop(bulk: string): Promise<void>;
  find(id: string): Promise<Bulk | undefined>;
  /** The newest first. */
  list(): Promise<Bulk[]>;
  /** How many messages wait to be sent, and of how many nobody knows whether they were. */
  left(id: string): Promise<{ queued: number; doubt: number }>;
  /** How many messages stand where, by what is known here. Those that nobody has claimed are `queued`. */
  counts(id: string): Promise<Count[]>;
  /** Its messages in order, in pages. */
  deliveries(id: string, filter?: RowFilter): AsyncGenerator<Delivery[]>;
  /** As `deliveries`, each with the row it stands in. */
  rows(id: string, filter?: RowFilter): AsyncGenerator<Placed[]>;
  /** What became of its messages, in pages: for reports, which read all and need not know what they say. */
  outcomes(id: string): AsyncGenerator<Outcome[]>;
  /** The rows of a bulk that others were made from to be sent once more. */
  retried(id: string): Promise<Set<number>>;
  /**
   * Gives the next requests their time, whoever else sends for this profile: at least one and at most `wanted`, fewer
   * where the limits make a pause. In milliseconds of the monotonic clock.
   */
  reserve(limits: readonly Limit[], wanted: number): Promise<Slots>;
  /** Asks whoever sends it to stop, or takes that back. */
  stop(id: string, stopped: boolean): Promise<void>;
  /** Tells whether a process is sending it. */
  isRunning(id: string): Promise<boolean>;
  /**
   * Takes a bulk to send it through `route`: no other process may, until it is given back or this process ends, however
   * it ends. What an earlier one left without a known end is in doubt from now on.
   * @throws Failure `bulk.running`
   */
  take(id: string, route: string, now: Instant): Promise<Run>;
  /**
   * Settles by a person's word all messages of a bulk that are in doubt, and returns them.
   * @throws Failure `bulk.running`
   */
  resolve(id: string, sent: boolean, reason: string, now: Instant): Promise<Delivery[]>;
}

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
