import type { Delivery } from '../message/delivery.ts';
import type { Receipt } from '../message/event.ts';
import type { ConsentChange } from '../message/opt-out.ts';
import type { Instant } from '../message/time.ts';
import type { Inbound, WebhookEvent } from '../message/webhook.ts';

/** A webhook event to record, with the consent change in its text. */
export interface IncomingEvent {
  event: WebhookEvent;
  /** Consent change in the text of an inbound message and the keyword found; null for none. */
  consent?: { change: ConsentChange; word: string } | null;
}

/** Result of recording a webhook event. */
export type RecordedEvent =
  /** A receipt of a known message. `isNew`: first delivery of this event, though its content may be known already. */
  | { kind: 'receipt'; receipt: Receipt; delivery: Delivery; isNew: boolean }
  /** A receipt of an unknown message. It is stored, since the message may become known. */
  | { kind: 'orphan'; event: Extract<WebhookEvent, { kind: 'receipt' }>; isNew: boolean }
  /** An inbound message. `consentChange`: the number was opted out or in by it. */
  | { kind: 'inbound'; inbound: Inbound; isNew: boolean; consentChange: ConsentChange | null };

/** Recording of webhook events. */
export interface EventIntake {
  /** Records events and forwards in one commit; returns the results in the order of the events. */
  record(
    incoming: readonly IncomingEvent[],
    forwards: readonly Forward[],
    now: Instant,
  ): Promise<RecordedEvent[]>;
  /** Matches recent orphan receipts with messages that are known by now, and returns those that matched. */
  matchOrphans(now: Instant): Promise<RecordedEvent[]>;
  /** Resolves when other processes may have changed messages; some ledgers cannot tell and never resolve. */
  nextAnnouncement(): Promise<void>;
  /** Milliseconds after which to look for changes without an announcement. */
  readonly pollIntervalMs: number;
  /** Returns the position of the latest change. */
  latestPosition(): Promise<number>;
  /** Returns the ids of messages that events changed after position `after`, among the latest hundred thousand. */
  listChanges(after: number): Promise<{ latest: number; ids: string[] }>;
  /** Becomes the listener of this ledger; resolves to a release function, or undefined if another process is. */
  listen(): Promise<(() => Promise<void>) | undefined>;
  /** Reports whether a process listens, so that changes become known without polling. */
  hasListener(): Promise<boolean>;
}

/** A webhook call to be forwarded unchanged. */
export interface Forward {
  url: string;
  /** Content type of the call. */
  type: string;
  /** Body, one character for each byte. */
  body: string;
}

/** A forward that is stored until it is acknowledged. */
export interface StoredForward extends Forward {
  seq: number;
  /** Number of failed tries. */
  tries: number;
}

/** Queue of forwards. */
export interface Forwards {
  /** Returns the forwards for a URL that are due, the oldest first. */
  due(url: string, now: Instant, limit: number): Promise<StoredForward[]>;
  /** Makes all forwards for this URL due, since the server responds again. */
  retryNow(url: string, now: Instant): Promise<void>;
  /** Counts the forwards for this URL, or for all. */
  countWaiting(url?: string): Promise<number>;
  /** Returns the time at which the next forward is due. */
  nextDue(url: string): Promise<Instant | undefined>;
  /** Removes forwards that were acknowledged or given up. */
  done(seqs: readonly number[]): Promise<void>;
  /** Postpones forwards that were not acknowledged to `due`. */
  reschedule(later: readonly { seq: number; due: Instant }[]): Promise<void>;
}
