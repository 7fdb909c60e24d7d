import type { ChannelName } from '../message/channels/channel.ts';
import type { Accepted } from './accepted.ts';
import type { SandboxResponse } from './answer.ts';
import type { RequestBody } from './fields.ts';
import type { TemplateIdForm } from './templates/template-state.ts';
import type { SandboxTemplate } from './templates/templates.ts';
import type { Hop, TimelineStep } from './timeline.ts';
import type { Shape } from './webhooks/shape.ts';

/** A send request, independent of the dialect. */
export interface Submission {
  phoneNumber: string;
  /** Channels to try in order, starting with the one whose endpoint received the request. */
  hops: readonly [Hop, ...Hop[]];
  /** The client's own id, or null. */
  clientId: string | null;
  simulation: boolean;
  /** Time at which to send, in milliseconds since 1970; null to send at once. */
  scheduledAt: number | null;
  /** False if the client wants no webhook calls for this message. */
  notifies: boolean;
  sender: string | null;
  /** Returns true for a value that need not belong to a placeholder of a template. */
  allowsValue(name: string): boolean;
}

/** Ids of an accepted message: the gateway's and the client's, which may be the same. */
export interface MessageIds {
  messageId: string;
  customerMessageId: string;
}

/** Reason why a valid request is not accepted, with its code in the vendor's error guide. */
export interface Rejection {
  reason: string;
  statusCode: number;
}

/** Outcome of a valid submission. */
export interface SubmissionOutcome extends MessageIds {
  /** Channels in the order of the chain; only the first if the whole message is rejected. */
  results: readonly { hop: Hop; rejection: Rejection | null }[];
}

/** Facts that a dialect needs to read a body. */
export interface ReadContext {
  /** Current time in milliseconds since 1970. */
  now: number;
  findTemplate(id: string): SandboxTemplate | undefined;
  /** Finds a template of WhatsApp by name; in any language if `language` is null. */
  findNamedTemplate(name: string, language: string | null): SandboxTemplate | undefined;
}

/** How status requests are answered. */
export interface StatusRules {
  /** Query parameters that list the ids of several messages. */
  idParameters: readonly [string, ...string[]];
  /** True if a request must name a channel. */
  needsChannel: boolean;
  describeMissingParameter(name: string): string;
  /** Renders the status so far; undefined if the message has none on `channel`. */
  render(
    message: Accepted,
    steps: readonly TimelineStep[],
    channel: ChannelName | undefined,
  ): object | undefined;
}

/** One generation of the gateway's HTTP API. */
export interface SandboxDialect {
  /** Field of a send with the recipient. A body that has it is of this dialect. */
  recipientField: string;
  /** Parses a send. @throws HttpError 400 naming the invalid field */
  read(channel: ChannelName, body: RequestBody, context: ReadContext): Submission;
  /** Renders the response to a send. */
  write(submission: Submission, outcome: SubmissionOutcome): SandboxResponse;
  /** Returns the ids of a message to be accepted. */
  assignIds(clientId: string | null): MessageIds;
  /** Field of a send with the template of a channel, and field with the values of placeholders. */
  templateFields(channel: ChannelName): { template: string; variables: string };
  /** True if a template needs a value for each placeholder; false if one without a value stays as it is. */
  needsAllValues: boolean;
  /** Error message for free-form WhatsApp outside the 24-hour window; null if the next channel is tried instead. */
  outsideWindowMessage: string | null;
  templateIds: TemplateIdForm;
  /** Paths, with all below them, that only an account of this generation has. */
  ownPaths: readonly string[];
  status: StatusRules;
  /** Shapes of webhook calls by name, and the one used unless a client selects another. */
  shapes: Readonly<Record<string, Shape>>;
  defaultShape: string;
}
