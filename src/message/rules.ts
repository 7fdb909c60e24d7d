import type { Facts } from '../errors.ts';
import type { Message } from './message.ts';

/** Fields of a message that not every generation of the gateway carries. */
export const optionalFields = [
  'rich',
  'rcsTemplate',
  'agentId',
  'phoneNumberId',
  'scheduledAt',
  'campaign',
  'smsOnly',
] as const satisfies (keyof Message)[];

export type OptionalField = (typeof optionalFields)[number];

/** A value that a message lacks. */
export interface MissingValue {
  /** Code of the failure, such as `sender.missing`. */
  code: string;
  /** The sentence that says so, such as `SMS needs a sender ID`. */
  reason: string;
  /** Facts for the hint. */
  facts?: Facts;
}

/** The rules of one generation of the gateway for messages, besides those that every generation has. */
export interface MessageRules {
  /** The optional fields that it carries. */
  carries: ReadonlySet<OptionalField>;
  /** True if RCS takes text and rich content without a template. */
  rcsNeedsNoTemplate: boolean;
  /** True if one template id serves all channels of a chain. */
  sharesTemplate: boolean;
  /** Lists all values that the gateway needs and the message lacks. */
  findMissing(message: Message): MissingValue[];
}
