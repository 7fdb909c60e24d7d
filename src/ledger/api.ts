import type { Bulk, BulkRow, BulkSpec, StatusCount } from '../message/bulk.ts';
import type { ChannelName } from '../message/channels/channel.ts';
import type { Conversation } from '../message/conversation.ts';
import type { Delivery } from '../message/delivery.ts';
import type { Event, Receipt, Status, StatusFilter } from '../message/event.ts';
import type { Plan } from '../message/message.ts';
import type { ConsentChange, OptOut } from '../message/opt-out.ts';
import type { Limit, Slots } from '../message/rate-limit.ts';
import type { Instant } from '../message/time.ts';
import type { Inbound, WebhookEvent } from '../message/webhook.ts';

/** Which messages to list; what is absent does not narrow. */
export interface MessageFilter {
  channel?: ChannelName | undefined;
  statuses?: readonly StatusFilter[] | undefined;
  /** With `statuses`: also those that are not final. */
  orOpen?: boolean;
  /** Only those that are not final. */
  open?: boolean;
  /** Created at this instant or later. */
  since?: Instant | undefined;
  bulk?: string | undefined;
  /** Sent to this number by themselves, not as rows of a bulk. */
  to?: string | undefined;
  /** The newest so many. */
  limit?: number | undefined;
}

/** The effect of a person's word on messages in doubt. */
export type Resolution = { resolved: Delivery[] } | { notInDoubt: Delivery };

/**
 * The durable memory of one profile. What a promise of it resolves, a power cut does not undo. Several
 * processes may use one ledger at once.
 */
export interface Ledger {
  /**
   * How many messages were put in doubt as it was opened, since it is a copy or was restored from a backup: the
   * original may have sent them.
   */
  readonly doubted: number;
  /**
   * Records messages as queued. An id that is known is left as it is; `isNew` tells which. With a `route` the new ones
   * are claimed in the same breath, to be sent through it, which saves a lone message one wait for the disk.
   */
  queue(
    plans: readonly Plan[],
    at: Instant,
    route?: string,
  ): Promise<{ delivery: Delivery; isNew: boolean }[]>;
  /**
   * Takes the right to send through `route`: of all processes that ask for a queued message, exactly one is told
   * `claimed`, and its intent is durable before it is told. The plan takes the place of the one that was recorded: it says
   * the same, but may be forced, or have other values that nothing asks for. Where the destination has opted out and the plan is not
   * forced, nobody gets it: it is refused.
   */
  claim(plan: Plan, route: string, at: Instant): Promise<{ delivery: Delivery; claimed: boolean }>;
  /**
   * Puts a message in doubt that is being sent by a worker that is gone. As long as the worker is alive, or once
   * something else became known, the message is returned as it stands.
   */
  abandon(seen: Delivery, at: Instant): Promise<Delivery>;
  /**
   * Gives a message in doubt back for sending, unless something became known of it since `seen` was read, or a bulk
   * that it belongs to is being sent. Only for a message that is proven to be absent from the gateway.
   */
  release(seen: Delivery, reason: string, at: Instant): Promise<Delivery>;
  /** Settles messages in doubt by a person's word: all of them, or none where one is not in doubt. */
  resolve(ids: readonly string[], sent: boolean, reason: string, at: Instant): Promise<Resolution>;
  /**
   * Tells whether a worker on another machine, which may be gone, sends one of these messages or bulks. It is known to be gone
   * when this has been asked for a minute.
   */
  isSentElsewhere(ids: readonly string[]): Promise<boolean>;
  /** Appends what happened, each to its message. Events that tell nothing new are not kept. */
  append(happened: readonly { id: string; event: Event }[]): Promise<Delivery[]>;
  /** The newest messages that a gateway said it accepted, of those sent as this one is: their ids, the newest first. */
  controls(route: string, plan: Plan): Promise<string[]>;
  /** By our id or by the gateway's. */
  find(id: string): Promise<Delivery | undefined>;
  /** Newest first. */
  list(filter: MessageFilter): Promise<Delivery[]>;
  /** All that happened to a message, in the order it became known. */
  history(id: string): Promise<Event[]>;
  /** Sends of many rows. */
  readonly bulks: Bulks;
  /** What webhooks tell. */
  readonly events: EventIntake;
  readonly forwards: Forwards;
  readonly inbounds: Inbounds;
  readonly optOuts: OptOuts;
  close(): void;
}

/** Which messages of a bulk; what is absent does not narrow. */
export interface RowFilter {
  statuses?: readonly StatusFilter[] | undefined;
  /** Only those that are not final. */
  open?: boolean;
  /** None that wait to be sent or are under way. */
  begun?: boolean;
}

/** A message and the row it stands in. */
export interface NumberedDelivery {
  row: number;
  delivery: Delivery;
}

/**
 * Sends of many rows, as the ledger keeps them. A bulk is made in steps, `begin`, `add`, `seal`: until it is sealed
 * nobody sees it, and one that was never sealed is cleared away by whoever makes the next.
 */
export interface Bulks {
  begin(order: BulkSpec): Promise<void>;
  /**
   * Appends rows, numbered in their order. Those whose own id is known already are left out: resolves to them, by
   * their places among `entries`.
   */
  add(bulk: string, entries: readonly BulkRow[]): Promise<Map<number, Delivery>>;
  /**
   * Ends adding. Where another bulk was sealed with this fingerprint before, that one stands and this one is
   * dropped.
   */
  seal(bulk: string, fingerprint: string): Promise<{ bulk: Bulk; isNew: boolean }>;
  /** The bulk that was sealed with this fingerprint. */
  findByFingerprint(fingerprint: string): Promise<Bulk | undefined>;
  /** Drops a bulk, unless anything of it was sent. */
  drop(bulk: string): Promise<void>;
  find(id: string): Promise<Bulk | undefined>;
  /** The newest first. */
  list(): Promise<Bulk[]>;
  /** How many messages wait to be sent, and of how many nobody knows whether they were. */
  countUnsettled(id: string): Promise<{ queued: number; doubt: number }>;
  /** How many messages stand where, by what is known here. Those that nobody has claimed are `queued`. */
  counts(id: string): Promise<StatusCount[]>;
  /** Its messages in order, in pages. */
  deliveries(id: string, filter?: RowFilter): AsyncGenerator<Delivery[]>;
  /** As `deliveries`, each with the row it stands in. */
  rows(id: string, filter?: RowFilter): AsyncGenerator<NumberedDelivery[]>;
  /** What became of its messages, in pages: for reports, which read all and need not know what they say. */
  outcomes(id: string): AsyncGenerator<RowOutcome[]>;
  /** The rows of a bulk that others were made from to be sent once more. */
  retriedRows(id: string): Promise<Set<number>>;
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
  take(id: string, route: string, now: Instant): Promise<BulkRun>;
  /**
   * Settles by a person's word all messages of a bulk that are in doubt, and returns them.
   * @throws Failure `bulk.running`
   */
  resolve(id: string, sent: boolean, reason: string, now: Instant): Promise<Delivery[]>;
}

/** A message of a bulk that this process, and no other, is busy with. */
export interface ClaimedRow {
  row: number;
  /** As it stood when it was last read or kept. */
  delivery: Delivery;
  /** The claim that alone tells of it; null once an outcome does. */
  claim: number | null;
}

/** Something that happened to a message. */
export interface RowEvent {
  of: ClaimedRow;
  event: Event;
}

/** The sending of a bulk by one process. */
export interface BulkRun {
  /**
   * Keeps what happened, in the deliveries too, and claims the next messages to send, all in one commit: `most` at
   * the most, fewer only where there are no more, none where somebody asked to stop. A power cut does not undo a claim,
   * and of outcomes only those since the last claim: they are in doubt then. Messages to those who have opted out since
   * the bulk was made count among the `most`, are refused in the same commit, and are not to be sent.
   */
  commitAndClaim(
    happened: readonly RowEvent[],
    most: number,
    now: Instant,
  ): Promise<{ claimed: ClaimedRow[]; settled: ClaimedRow[]; stopped: boolean }>;
  /** Those whose outcome nobody knows, in pages. */
  doubts(): AsyncGenerator<ClaimedRow[]>;
  /** Tells whether this process must `confirm` before it sends anything: it may have been suspended. */
  isStale(): boolean;
  /** @throws Failure `ledger.unusable` where another machine has taken over what this process had claimed */
  confirm(): Promise<void>;
  /** Gives the bulk back. */
  end(): Promise<void>;
}

/** What became of a message of a bulk, without what it says. Those that were simply taken have none yet. */
export interface RowOutcome {
  row: number;
  channel: string;
  status: Status;
  final: boolean;
  /** All that happened, in the order it became known. */
  events: Event[];
}

/** Something heard, with what is made of it in the same breath. */
export interface IncomingEvent {
  heard: WebhookEvent;
  /** What an inbound message says about being written to, and in which word; null for nothing. */
  wish?: { wish: ConsentChange; word: string } | null;
}

/** What became of something heard. */
export type RecordedEvent =
  /** `isNew`: it was not told before, though what it tells may have been known by other means. */
  | { kind: 'receipt'; receipt: Receipt; delivery: Delivery; isNew: boolean }
  /** Of a message that nobody here knows. It is kept: the message may become known. */
  | { kind: 'stray'; heard: Extract<WebhookEvent, { kind: 'receipt' }>; isNew: boolean }
  /** `wish`: they are opted out, or in again, since. */
  | { kind: 'inbound'; inbound: Inbound; isNew: boolean; wish: ConsentChange | null };

/** What the ledger hears of messages that were sent, and from people. */
export interface EventIntake {
  /** Keeps what was heard, and what is to be passed on, all in one commit. In the order it was heard. */
  record(
    hearsay: readonly IncomingEvent[],
    forwards: readonly Forward[],
    now: Instant,
  ): Promise<RecordedEvent[]>;
  /** Looks again for the messages that strays of the last minutes speak of, and returns what was found. */
  matchOrphans(now: Instant): Promise<RecordedEvent[]>;
  /** The place of the latest news. */
  latest(): Promise<number>;
  /** The ids of the messages that something was heard of since the place `after`, of the latest hundred thousand. */
  news(after: number): Promise<{ latest: number; ids: string[] }>;
  /** Takes the part of the one who listens for this ledger; undefined where another process has it. */
  listen(): Promise<(() => Promise<void>) | undefined>;
  /** Whether a process listens, so that what happens is known without asking. */
  hasListener(): Promise<boolean>;
}

/** A webhook call that is to be passed on as it came. */
export interface Forward {
  url: string;
  /** Its content type. */
  type: string;
  /** Each character a byte. */
  body: string;
}

/** One that is kept until it was taken. */
export interface StoredForward extends Forward {
  seq: number;
  /** How often it was tried. */
  tries: number;
}

/** What is to be passed on. */
export interface Forwards {
  /** Those for an address whose time has come, the oldest first. */
  due(url: string, now: Instant, most: number): Promise<StoredForward[]>;
  /** All for this address are due: it takes calls again. */
  retryNow(url: string, now: Instant): Promise<void>;
  /** How many there are for this address; without one, for all. */
  waiting(url?: string): Promise<number>;
  /** When the next one's time comes. */
  next(url: string): Promise<Instant | undefined>;
  /** They were taken, or are given up. */
  done(seqs: readonly number[]): Promise<void>;
  /** They were not taken: to be tried again at `due`. */
  reschedule(later: readonly { seq: number; due: Instant }[]): Promise<void>;
}

/** Which messages of people to list; what is absent does not narrow. */
export interface InboundFilter {
  phone?: string | undefined;
  channel?: ChannelName | undefined;
  /** Kept after the one that had this place. */
  after?: number;
  /** The newest so many. */
  limit?: number | undefined;
}

/** A message where it is kept: places count up. */
export interface StoredInbound extends Inbound {
  place: number;
}

/** What people wrote. */
export interface Inbounds {
  /** The oldest first. */
  list(filter: InboundFilter): Promise<StoredInbound[]>;
  /** With whom there was a conversation, as far as is known here: the latest so many, or all (Infinity). */
  chats(
    filter: { channel?: ChannelName | undefined; since?: Instant | undefined },
    most: number,
  ): Promise<Conversation[]>;
  /** The place of the latest. */
  latest(): Promise<number>;
  /** As `last`, for many: those that wrote, by number. */
  lastAmong(phones: readonly string[], channel: ChannelName): Promise<Map<string, Instant>>;
  /** Keeps messages, and returns those that were not known. */
  add(inbounds: readonly Inbound[]): Promise<Inbound[]>;
}

/** Who wants no messages. */
export interface OptOuts {
  /** Adds those that are not there, and returns them; the others stay as they are. */
  add(optOuts: readonly OptOut[]): Promise<OptOut[]>;
  /** As `add`, for a list of thousands that has one source: returns how many were not there. */
  addList(phones: readonly string[], common: Omit<OptOut, 'phone'>): Promise<number>;
  /** Returns those that were there. */
  remove(phones: readonly string[]): Promise<OptOut[]>;
  /** Those of these numbers that are opted out, by number. */
  among(phones: readonly string[]): Promise<Map<string, OptOut>>;
  /** The newest first. */
  list(): Promise<OptOut[]>;
}
