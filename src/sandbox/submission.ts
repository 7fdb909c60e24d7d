import type { ChannelName } from '../message/channels/channel.ts';
import type { Variables } from '../message/placeholders.ts';
import type { SandboxResponse } from './answer.ts';
import type { RequestBody } from './fields.ts';

/** A send request, independent of the dialect. */
export interface Submission {
  phoneNumber: string;
  /** Channel whose endpoint received the request. */
  channel: ChannelName;
  /** Channels to try in order, starting with `channel`. */
  chain: readonly ChannelName[];
  text: string | null;
  template: string | null;
  variables: Variables;
  /** The client's own id, or null. */
  customerMessageId: string | null;
  simulation: boolean;
}

/** Outcome of a valid submission. */
export interface SubmissionResult {
  messageId: string;
  customerMessageId: string;
  accepted: boolean;
  /** 200 accepted, 403 blocked or opted out: the codes of the vendor's error guide. */
  statusCode: number;
  reason: string | null;
}

/** One generation of the gateway's bodies. */
export interface SandboxDialect {
  /** Parses a body. @throws HttpError 400 naming the invalid field */
  read(channel: ChannelName, body: RequestBody): Submission;
  write(submission: Submission, outcome: SubmissionResult): SandboxResponse;
}
