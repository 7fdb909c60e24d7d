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
  rcsTemplate: 'a template of its own on RCS',
  scheduledAt: 'a time to send it at',
} as const satisfies Partial<Record<OptionalField, string>>;

/** Lists why a gateway cannot take a message that was recorded while the profile spoke another dialect. */
export function findMismatches(message: Message, rules: MessageRules): MessageProblem[] {
  const { chain, template } = message;
  const lost = Object.entries(essentialFields).filter(([name]) => {
    const field = name as keyof typeof essentialFields;
    return message[field] != null && !rules.carries.has(field);
  });
  const needsTemplate = chain[0] === 'rcs' && template === null && !rules.rcsNeedsNoTemplate;
  return [
    ...rules.findProblems(message),
    ...lost.map(([, what]) => ({
      code: 'dialect.unsupported',
      reason: `this dialect has no ${what.replace(/^an? /, '')}`,
    })),
    ...(needsTemplate ? [{ code: 'template.missing', reason: 'RCS needs an approved template' }] : []),
  ];
}
