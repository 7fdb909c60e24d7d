import type { ReadInboundNumber } from '../../message/phone.ts';
import type { Instant } from '../../message/time.ts';
import type { Inbound, WebhookEvent } from '../../message/webhook.ts';
import type { Json } from '../http/json.ts';

/** An inbound message as the gateway reports it: it has no key, and its time may be absent. */
export type ReportedInbound = Omit<Inbound, 'key' | 'at'> & { at: Instant | undefined };

/** A receipt without its key. */
export type ReportedReceipt = Omit<Extract<WebhookEvent, { kind: 'receipt' }>, 'key'>;

/** An event as a reader finds it. */
export type ReportedEvent = ReportedReceipt | { kind: 'inbound'; inbound: ReportedInbound };

/** Reads the webhook events of one dialect. The parser of webhook calls bounds them, and gives each its key. */
export interface EventReader {
  /** Fields that may say what an event is, to describe one of no documented shape. */
  readonly kindFields: readonly string[];
  /** Fields that may hold events, besides the usual ones. */
  readonly wrapperFields?: readonly string[];
  /** Reads an event; undefined if it has not the shape of this dialect. `readNumber` reads its numbers. */
  readEvent(event: Json, now: Instant, readNumber: ReadInboundNumber): ReportedEvent | undefined;
  /** Reads the fields of a form; absent if the dialect has no calls in this encoding. */
  readForm?(form: ReadonlyMap<string, string>, readNumber: ReadInboundNumber): ReportedForm | undefined;
}

/** An inbound message in a form, and the body that acknowledges the call. */
export interface ReportedForm {
  inbound: ReportedInbound;
  reply: string;
}
