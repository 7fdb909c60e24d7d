import type { ChannelName } from '../message/channels/channel.ts';
import type { Message, Plan } from '../message/message.ts';
import type { ReadInboundNumber } from '../message/phone.ts';
import type { MessageRules } from '../message/rules.ts';
import type { Instant } from '../message/time.ts';
import type { Credit } from './credit.ts';
import type { MessageStatus, SendOutcome } from './gateway.ts';
import type { HistoryPage, HistoryQuery } from './history.ts';
import type { HttpClient } from './http/client.ts';
import type { HttpResponse } from './http/exchange.ts';
import type { Inbox } from './inbox.ts';
import type { WhatsappNumber } from './numbers.ts';
import type { DialectProbes } from './probe.ts';
import type { Templates } from './templates.ts';
import type { EventReader } from './webhook/reader.ts';
import type { Webhooks } from './webhooks.ts';

/** The parts of a request that its response must match: id, recipient, and the order of channels where it may name several. */
export type SentPlan = Pick<Plan, 'id' | 'to'> & { message?: Pick<Plan['message'], 'chain'> };

/** A request that sends a message. */
export interface SendCall {
  path: string;
  body: Record<string, unknown>;
}

/**
 * One generation of the gateway's HTTP calls. The functions that every send and every status needs are here, and pure; the
 * others are loaded when a command uses them.
 */
export interface Dialect {
  /** Its rules for messages, and the fields that it carries. */
  readonly rules: MessageRules;
  send(plan: Plan): SendCall;
  /** Reads the JSON of a 2xx response to `send`; undefined when nothing in it can be relied on. */
  readSend(json: unknown, plan: SentPlan): SendOutcome | undefined;
  /** Reads an answer to `send` that is no success; with a hint where it shows that the gateway expects another dialect. */
  readError(response: HttpResponse, now: Instant): Promise<SendOutcome>;
  /** Fields of its requests that hold content of a message, which logs leave out. */
  readonly contentFields: ReadonlySet<string>;
  /** Lists the channels on which the gateway may know the message, the one it is sent to first. */
  listChannels(message: Message): readonly ChannelName[];
  /** Status calls for many messages, in the order in which to try them. */
  readonly statusCalls: readonly StatusCall[];
  /** Reads the JSON of a 2xx response to a status call; undefined when the body is not a status response. */
  readStatus(json: unknown, now: number): StatusResponse | undefined;
  /** Opens the templates; on WhatsApp those of the number `phoneNumberId`, where the gateway tells them apart. */
  openTemplates(client: HttpClient, phoneNumberId: string | undefined): Promise<Templates>;
  /** Opens the inbox of the gateway and account `account`; `readNumber` reads the numbers in it. */
  openInbox(client: HttpClient, account: string, readNumber: ReadInboundNumber): Promise<Inbox>;
  /** Opens the registration of the webhook; a registered URL gets events of this dialect. */
  openWebhooks(client: HttpClient): Promise<Webhooks>;
  /** Requests the balance. @throws Failure `gateway.*` */
  fetchCredit(client: HttpClient): Promise<Credit>;
  /** Lists the WhatsApp numbers of the account; absent if the dialect has no such call. @throws Failure `gateway.*` */
  listNumbers?(client: HttpClient): Promise<WhatsappNumber[]>;
  /**
   * Yields what the account sent on one channel, in pages; absent if the dialect has no such call.
   * @throws Failure `gateway.*`
   */
  readHistory?(client: HttpClient, query: HistoryQuery): AsyncGenerator<HistoryPage>;
  loadEventReader(): Promise<EventReader>;
  loadProbes(): Promise<DialectProbes>;
  /** Settings of a profile without which some messages cannot be sent. */
  readonly neededSettings: readonly NeededSetting[];
}

/** A setting that a dialect may need. */
export type NeededSetting = 'from' | 'agentId' | 'phoneNumberId';

/** A status call for many messages. None of them reports an absent message with a 404. */
export interface StatusCall {
  /** The name under which a working call is remembered; each name stands for one call, whatever the dialect. */
  name: string;
  /** True if the call takes a channel, and then finds no message of another channel. */
  byChannel: boolean;
  path(ids: readonly string[], channel: ChannelName): string;
}

export interface StatusResponse {
  /** True if the body is a list and nothing marks it as one page of many, so a message can be absent from it. */
  isComplete: boolean;
  entries: StatusEntry[];
  /** Number of entries that do not name their message. */
  unidentified: number;
}

/** One message in a status response. */
export interface StatusEntry {
  /** Ids in the entry that may be ours. */
  ids: string[];
  status: MessageStatus;
  /** True if the entry proves that the gateway has the message. A status word that is not the vendor's does not. */
  isProof: boolean;
}
