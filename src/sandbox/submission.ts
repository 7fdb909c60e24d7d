import type { ChannelName } from '../message/channels/channel.ts';
import type { Variables } from '../message/placeholders.ts';
import type { Answer } from './answer.ts';
import type { RequestBody } from './fields.ts';

/** A send request, whatever dialect it came in. */
export interface Submission {
  phoneNumber: string;
  /** The channel it is handed in on. */
  channel: ChannelName;
  /** The channels it may go through, in order, from `channel` on. */
  chain: readonly ChannelName[];
  text: string | null;
  template: string | null;
  variables: Variables;
  /** The caller's own id, if one was given. */
  customerMessageId: string | null;
  simulation: boolean;
}

/** What the gateway made of a submission that it understood. */
export interface SubmissionResult {
  messageId: string;
  customerMessageId: string;
  accepted: boolean;
  /** 200 taken, 403 blacklisted or opted out: the codes of the vendor's error guide. */
  statusCode: number;
  reason: string | null;
}

/** A generation of the gateway's bodies. */
export interface SandboxDialect {
  /** @throws Refusal 400 naming the field that is wrong */
  read(channel: ChannelName, body: RequestBody): Submission;
  write(submission: Submission, verdict: SubmissionResult): Answer;
}
