import type { Bulk, BulkRow, BulkSpec, StatusCount } from '../message/bulk.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import type { Conversation } from '../message/conversation.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Event, Status, StatusFilter } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import type { OptOut } from '../message/opt-out.ts';
import type { Limit, Slots } from '../message/rate-limit.ts';
import type { Instant } from '../message/time.ts';
import type { Inbound } from '../message/webhook.ts';
import type { MonotonicClock } from '../storage/monotonic.ts';
import type { LedgerDescription } from './description-api.ts';
import type { EventIntake, Forwards } from './webhook-api.ts';

/** Filter of a message list; an absent field does not filter. */
export interface MessageFilter {
  channel?: ChannelName | undefined;
  statuses?: readonly StatusFilter[] | undefined;
  /** With `statuses`: true to include messages that are not final too. */
  orOpen?: boolean;
  /** True for messages that are not final only. */
  open?: boolean;
  /** Earliest time of creation. */
  since?: Instant | undefined;
  bulk?: string | undefined;
  /** Recipient; matches messages sent individually, not rows of a bulk. */
  to?: string | undefined;
  /** Number of messages, the newest first. */
  limit?: number | undefined;
}

/** Outcome of resolving messages in doubt: the messages, or the first one that is not in doubt. */
export type Resolution = { resolved: Delivery[] } | { notInDoubt: Delivery };

/**
 * Durable store of one profile. Everything a promise of it resolves to survives a power cut. Several processes may use
 * one ledger at once.
 */
export interface Ledger {
  /**
   * Number of messages put in doubt when it was opened, because it is a copy or was restored from a backup: the
   * original may have sent them.
   */
  readonly doubted: number;
  /** True if machines share it, and with it the rate of the account. */
  readonly isShared: boolean;
  /** The clock by which all processes that share the ledger measure time together. */
  readonly clock: MonotonicClock;
  /**
   * Records messages as queued. A known id is left as it is; `isNew` tells which. With a `route`, the new ones are
   * claimed for sending in the same transaction, which saves a single message one wait for the disk.
   */
  queue(
    plans: readonly Plan[],
    at: Instant,
    route?: string,
  ): Promise<{ delivery: Delivery; isNew: boolean }[]>;
  /**
   * Claims a message for sending through `route`: of all processes that ask for a queued message, exactly one gets
   * `claimed`, after its intent is durable. The plan replaces the recorded one: it has the same content, but may have
   * an override reason, or values that no placeholder uses. If the recipient has opted out and the plan has no
   * override reason, the message is refused and not claimed.
   */
  claim(plan: Plan, route: string, at: Instant): Promise<{ delivery: Delivery; claimed: boolean }>;
  /**
   * Puts a message in doubt that a dead worker was sending. While the worker is alive, or once another outcome is
   * known, returns the message as it is.
   */
  abandon(seen: Delivery, at: Instant): Promise<Delivery>;
  /**
   * Queues a message in doubt for sending again, unless it changed since `seen` was read, or belongs to a bulk that is
   * being sent. Call it only for a message that is proven to be absent from the gateway.
   */
  release(seen: Delivery, reason: string, at: Instant): Promise<Delivery>;
  /** Resolves messages in doubt by a decision of the user: all of them, or none if one is not in doubt. */
  resolve(ids: readonly string[], sent: boolean, reason: string, at: Instant): Promise<Resolution>;
  /**
   * Reports whether a worker on another machine, which may be dead, is sending one of these messages or bulks. The
   * worker is known to be dead after a minute of repeated calls.
   */
  isSentElsewhere(ids: readonly string[]): Promise<boolean>;
  /** Appends events to their messages. Events that change nothing are not stored. */
  append(events: readonly { id: string; event: Event }[]): Promise<Delivery[]>;
  /** Returns control ids: the newest messages accepted by the same endpoint through this route, the newest first. */
  controls(route: string, plan: Plan): Promise<string[]>;
  /** Finds a message by our id or by the gateway's. */
  find(id: string): Promise<Delivery | undefined>;
  /** Lists messages, the newest first. */
  list(filter: MessageFilter): Promise<Delivery[]>;
  /** Returns all events of a message, in the order in which they became known. */
  history(id: string): Promise<Event[]>;
  /** Texts that can be requested again, by name; undefined where no machines share the ledger. */
  readonly cache?: TextCache;
  /** Describes the ledger: its database, what is in it, and the processes that use it. */
  describe(): Promise<LedgerDescription>;
  /** Bulks: sends of many rows. */
  readonly bulks: Bulks;
  /** Webhook events. */
  readonly events: EventIntake;
  readonly forwards: Forwards;
  readonly inbounds: Inbounds;
  readonly optOuts: OptOuts;
  /**
   * Reports whether this process must call `confirm` before it sends: it may have been suspended, and another may have
   * taken over its messages.
   */
  isStale(): boolean;
  /** Renews the claims of this process. @throws Failure `ledger.unusable` if another process has taken them over */
  confirm(): Promise<void>;
  close(): Promise<void>;
}

export interface TextCache {
  read(name: string): Promise<string | undefined>;
  write(name: string, text: string): Promise<void>;
}

/** A process that sends a bulk. */
export interface BulkWorker {
  host: string;
  pid: number;
  /** Time at which it began. */
  since: Instant;
  /** Messages that the gateway accepted from it. */
  accepted: number;
  /** True if it does not respond, and is replaced if that goes on. */
  isSilent: boolean;
}

/** Filter of the messages of a bulk; an absent field does not filter. */
export interface RowFilter {
  statuses?: readonly StatusFilter[] | undefined;
  /** True for messages that are not final only. */
  open?: boolean;
  /** True to leave out messages that are waiting or in flight. */
  attempted?: boolean;
}

/** A message and its row number. */
export interface NumberedDelivery {
  row: number;
  delivery: Delivery;
}

/**
 * Bulks in the ledger. A bulk is created in steps, `begin`, `add`, `seal`. It is invisible until it is sealed, and one
 * that was never sealed is removed by the next `begin`.
 */
export interface Bulks {
  begin(spec: BulkSpec): Promise<void>;
  /**
   * Appends rows, numbered in their order. Rows whose own id is already known are left out; resolves to the known
   * messages, by index in `entries`.
   */
  add(bulk: string, entries: readonly BulkRow[]): Promise<Map<number, Delivery>>;
  /**
   * Seals a bulk. It is stopped until a process takes it without joining: nobody else sends what the user has not
   * approved. If another bulk was sealed with this fingerprint before, that one stands and this one is removed.
   */
  seal(bulk: string, fingerprint: string): Promise<{ bulk: Bulk; isNew: boolean }>;
  /** Finds the bulk that was sealed with this fingerprint. */
  findByFingerprint(fingerprint: string): Promise<Bulk | undefined>;
  /** Removes a bulk, unless a row of it was claimed. */
  drop(bulk: string): Promise<void>;
  find(id: string): Promise<Bulk | undefined>;
  /** Lists bulks, the newest first. */
  list(): Promise<Bulk[]>;
  /** Counts the messages that are waiting, and those that may have been sent. */
  countUnsettled(id: string): Promise<{ queued: number; doubt: number }>;
  /** Counts messages by channel and status as known here; unclaimed ones are `queued`. */
  counts(id: string): Promise<StatusCount[]>;
  /** Yields the messages in row order, in pages. */
  deliveries(id: string, filter?: RowFilter): AsyncGenerator<Delivery[]>;
  /** Yields the messages with their row numbers, as `deliveries` does. */
  rows(id: string, filter?: RowFilter): AsyncGenerator<NumberedDelivery[]>;
  /** Yields the outcomes in pages, for reports, which read all of them and do not need the content. */
  outcomes(id: string): AsyncGenerator<RowOutcome[]>;
  /** Returns the rows of this bulk that retry bulks were made from. */
  retriedRows(id: string): Promise<Set<number>>;
  /**
   * Reserves time slots for requests, shared by all senders of this profile: at least one and at most `wanted`, fewer
   * where the limits require a pause. Times are in milliseconds of the monotonic clock of this machine.
   */
  reserve(limits: readonly Limit[], wanted: number): Promise<Slots>;
  /** Reserves no slots for anybody before `until`, by the monotonic clock of this machine: the gateway asked for a pause. */
  hold(until: number): Promise<void>;
  /** Asks the processes that send the bulk to stop, and keeps others from joining, or revokes this. */
  stop(id: string, stopped: boolean): Promise<void>;
  /** Reports whether a process is sending the bulk. */
  isRunning(id: string): Promise<boolean>;
  /** Lists the processes that send the bulk now. */
  workers(id: string): Promise<BulkWorker[]>;
  /**
   * Takes a bulk for sending through `route`, until it is released or this process ends in any way. One process leads: it
   * begins the bulk, and revokes a stop; others join. Where the one that led has died, the next one may lead while others
   * go on. Messages that an earlier process left without an outcome are put in doubt.
   * @throws Failure `bulk.running`; `bulk.stopped` where a process joins a bulk that is stopped
   */
  take(id: string, route: string, now: Instant, options?: { joins?: boolean }): Promise<BulkRun>;
  /**
   * Resolves all messages of a bulk that are in doubt by a decision of the user, and returns them.
   * @throws Failure `bulk.running`
   */
  resolve(id: string, sent: boolean, reason: string, now: Instant): Promise<Delivery[]>;
}

/** A message of a bulk that this process works on exclusively. */
export interface ClaimedRow {
  row: number;
  /** State when it was last read or saved. */
  delivery: Delivery;
  /** First row of the claim that holds its state; null once it has an outcome of its own. */
  claim: number | null;
}

/** An event of a claimed row. */
export interface RowEvent {
  target: ClaimedRow;
  event: Event;
}

/** The sending of a bulk by one process. */
export interface BulkRun {
  /**
   * Saves events, also to the deliveries, and claims the next messages, in one commit: at most `limit`, fewer only if
   * there are no more, none if a stop was requested. A claim survives a power cut; outcomes survive it up to the last
   * claim, and later ones are in doubt then. Messages to recipients who opted out since the bulk was created count
   * towards `limit`, are refused in the same commit, and must not be sent.
   */
  commitAndClaim(
    events: readonly RowEvent[],
    limit: number,
    now: Instant,
  ): Promise<{ claimed: ClaimedRow[]; settled: ClaimedRow[]; stopped: boolean }>;
  /** Yields the messages in doubt, in pages. */
  listDoubts(): AsyncGenerator<ClaimedRow[]>;
  /** As in `Ledger`. */
  isStale(): boolean;
  /** As in `Ledger`. */
  confirm(): Promise<void>;
  /** Reads messages again, into the rows: other processes may have settled them. */
  refresh(rows: readonly ClaimedRow[]): Promise<void>;
  /**
   * Puts in doubt what workers that have died since were sending, and returns these messages; `others` tells whether
   * other processes send the bulk now, `stopped` whether a stop was requested. To be called about once a second.
   * `thorough`: also looks for messages of dead processes that sent them individually, under their own id.
   */
  takeOver(
    now: Instant,
    options?: { thorough?: boolean },
  ): Promise<{ doubts: ClaimedRow[]; others: boolean; stopped: boolean }>;
  /** Releases the bulk. */
  release(): Promise<void>;
}

/** Outcome of a message of a bulk, without its content. Plainly accepted messages have none. */
export interface RowOutcome {
  row: number;
  channel: string;
  status: Status;
  final: boolean;
  /** All events, in the order in which they became known. */
  events: Event[];
}

/** Filter of inbound messages; an absent field does not filter. */
export interface InboundFilter {
  phone?: string | undefined;
  channel?: ChannelName | undefined;
  /** Only messages stored after this place. */
  after?: number;
  /** Number of messages, the newest. */
  limit?: number | undefined;
}

/** An inbound message and its place in the ledger; places increase. */
export interface StoredInbound extends Inbound {
  place: number;
}

/** Inbound messages. */
export interface Inbounds {
  /** Lists messages, the oldest first. */
  list(filter: InboundFilter): Promise<StoredInbound[]>;
  /** Lists the conversations known here, the latest first: at most `limit`, or all (Infinity). */
  chats(
    filter: { channel?: ChannelName | undefined; since?: Instant | undefined },
    limit: number,
  ): Promise<Conversation[]>;
  /** Returns the place of the latest message. */
  latestPlace(): Promise<number>;
  /**
   * Returns when each of these numbers last wrote on the channel; numbers that never wrote, or of which only inconclusive
   * messages are known, are absent.
   */
  lastByPhone(phones: readonly string[], channel: ChannelName): Promise<Map<string, Instant>>;
  /** Returns the time up to which the inbox of a gateway was read; undefined if it never was. */
  lastLook(route: string): Promise<Instant | undefined>;
  saveLook(route: string, at: Instant): Promise<void>;
  /** Adds messages, and returns those that were not known. */
  add(inbounds: readonly Inbound[]): Promise<Inbound[]>;
}

/** People who opted out. One person may have several forms of a number, see `toPersonKey`. */
export interface OptOuts {
  /** Adds opt-outs, and returns the new ones; existing ones stay as they are. */
  add(optOuts: readonly OptOut[]): Promise<OptOut[]>;
  /** Adds thousands of numbers with one source, as `add` does; returns the number of new ones. */
  addList(phones: readonly string[], common: Omit<OptOut, 'phone'>): Promise<number>;
  /** Removes opt-outs, and returns the removed ones. Messages written before `at` do not restore them. */
  remove(phones: readonly string[], at: Instant): Promise<OptOut[]>;
  /** Returns the opt-outs of these numbers, by number: those of the same people, in whichever form they were given. */
  findByPhone(phones: readonly string[]): Promise<Map<string, OptOut>>;
  /** Lists opt-outs, the newest first. */
  list(): Promise<OptOut[]>;
}
