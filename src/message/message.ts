import type { ChannelName } from './channels/channel.ts';
import type { Sender } from './id.ts';
import type { Phone } from './phone.ts';
import type { Variables } from './placeholders.ts';
import type { RichContent } from './rich.ts';
import { countParts, type Parts } from './sms.ts';
import type { Instant } from './time.ts';

/** A valid message, independent of the recipient. */
export interface Message {
  /** Channels to try in order, starting with the one it is sent to. */
  readonly chain: readonly ChannelName[];
  /** Text with its placeholders replaced; null if only a template is sent. */
  readonly text: string | null;
  readonly template: string | null;
  /** Values for the template's placeholders. */
  readonly variables: Variables;
  readonly sender: Sender | null;
  /** True if the gateway only validates it. */
  readonly simulation: boolean;
  /** Images, cards or buttons, with placeholders replaced. This and the following fields are of `OptionalField`. */
  readonly rich?: RichContent | null;
  /** Template on RCS, where it differs from `template`. */
  readonly rcsTemplate?: string | null;
  /** Values for the placeholders of `rcsTemplate`; absent if `variables` has them too. */
  readonly rcsVariables?: Variables | null;
  /** RCS agent that sends it. */
  readonly agentId?: number | null;
  /** WhatsApp number that sends it; the gateway’s id of it. */
  readonly phoneNumberId?: string | null;
  /** When the gateway sends it. */
  readonly scheduledAt?: Instant | null;
  /** Label under which the gateway groups messages. */
  readonly campaign?: string | null;
  /** True if the gateway must not send it over RCS instead of SMS. */
  readonly smsOnly?: boolean | null;
}

/** A message for one recipient under one id, as stored in the ledger and sent to the gateway. */
export interface Plan {
  readonly id: string;
  readonly to: Phone;
  readonly message: Message;
  /** Gateway's id of the conversation it replies to; set if it was sent through the inbox. */
  readonly chat?: string;
  readonly overrides?: Overrides;
}

/** Why a message is sent although something speaks against it. The reasons stay in the ledger. */
export interface Overrides {
  /** Why, although the recipient opted out. */
  readonly optOut?: string;
  /** Why, although the 24-hour window of WhatsApp is known to be closed. */
  readonly window?: string;
}

/** How a field of a message takes part in comparisons. */
interface MessageField {
  /**
   * `row`: rows that differ in it are different messages. `bulk`: all rows of a bulk agree on it; the same rows with
   * another value are another bulk. `none`: not compared; the same message under another label, or planned for a time that
   * is relative to now, is the same message.
   */
  scope: 'row' | 'bulk' | 'none';
}

/**
 * Every field of a message. Storage, the search for duplicates, the fingerprint of a bulk, and the comparison of two
 * sends under one id follow from this list; a field without a line here does not compile. The order of the fields of
 * rows is part of fingerprints that ledgers hold: new ones go to the end.
 */
export const messageFields = {
  text: { scope: 'row' },
  template: { scope: 'row' },
  sender: { scope: 'row' },
  variables: { scope: 'row' },
  chain: { scope: 'bulk' },
  simulation: { scope: 'bulk' },
  rich: { scope: 'row' },
  rcsTemplate: { scope: 'row' },
  rcsVariables: { scope: 'row' },
  agentId: { scope: 'row' },
  phoneNumberId: { scope: 'row' },
  scheduledAt: { scope: 'none' },
  campaign: { scope: 'none' },
  smsOnly: { scope: 'bulk' },
} as const satisfies Record<keyof Message, MessageField>;

/** The names of all fields of a message. */
export const messageFieldNames = Object.keys(messageFields) as (keyof Message)[];

/**
 * Reports whether two plans send the same to the same recipient, so that one id can stand for both. Values that the
 * template does not use are dropped on sending, so only values in both plans are compared.
 */
export function isSameSend(one: Plan, other: Plan): boolean {
  const variables = allValues(one.message);
  const others = allValues(other.message);
  const shared = Object.keys(variables).filter((name) => Object.hasOwn(others, name));
  const isSubset = [variables, others].some((all) => Object.keys(all).length === shared.length);
  const isAlike = (name: keyof Message) =>
    JSON.stringify(one.message[name] ?? null) === JSON.stringify(other.message[name] ?? null);
  return (
    one.to === other.to &&
    one.chat === other.chat &&
    isSubset &&
    shared.every((name) => variables[name] === others[name]) &&
    messageFieldNames.every(
      (name) => valueFields.includes(name) || messageFields[name].scope === 'none' || isAlike(name),
    )
  );
}

const valueFields: readonly (keyof Message)[] = ['variables', 'rcsVariables'];

/** Returns the values of both templates. A message that was not compared with its templates has them together. */
function allValues({ variables, rcsVariables }: Message): Variables {
  return rcsVariables == null ? variables : { ...rcsVariables, ...variables };
}

/** Returns a message without content. */
export function emptyMessage(chain: readonly ChannelName[]): Message {
  return { chain, text: null, template: null, variables: {}, sender: null, simulation: false };
}

/** Returns parts and encoding of the text if SMS is among the channels, else null. */
export function countSmsParts(message: Message): Parts | null {
  return message.text !== null && message.chain.includes('sms') ? countParts(message.text) : null;
}
