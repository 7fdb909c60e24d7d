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

/** A reason why the gateway cannot take a message, such as a value that it lacks. */
export interface MessageProblem {
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
  /** True if the ids of templates are whole numbers, so that any other word is the name of a template. */
  numbersTemplates: boolean;
  /** Reports whether a value has a meaning of its own, without a placeholder in the template. */
  isReservedValue(name: string): boolean;
  /** Lists what the gateway needs and the message lacks. */
  findProblems(message: Message): MessageProblem[];
}

/** Optional fields without which a message would be another one, and their names in sentences. */
const essentialFields = {
  rich: 'images, cards or buttons',
  rcsTemplate: 'template of its own on RCS',
  scheduledAt: 'time at which the gateway sends a message',
} as const satisfies Partial<Record<OptionalField, string>>;

const essentialNames = Object.keys(essentialFields) as (keyof typeof essentialFields)[];

/** Lists why a gateway cannot take a message that was recorded while the profile spoke another dialect. */
export function findMismatches(message: Message, rules: MessageRules): MessageProblem[] {
  const problems = rules.findProblems(message);
  for (const name of essentialNames)
    if (message[name] != null && !rules.carries.has(name))
      problems.push({ code: 'dialect.unsupported', reason: `this dialect has no ${essentialFields[name]}` });
  if (message.chain[0] === 'rcs' && message.template === null && !rules.rcsNeedsNoTemplate)
    problems.push({ code: 'template.missing', reason: 'RCS needs an approved template' });
  return problems;
}
