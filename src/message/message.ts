import { Failure, refuse } from '../errors.ts';
import { buildChain, type ChannelName } from './channels/channel.ts';
import { findRefusedValue } from './channels/template-limits.ts';
import type { Sender } from './id.ts';
import type { Phone } from './phone.ts';
import { assertKnownPlaceholders, findPlaceholders, renderText, type Variables } from './placeholders.ts';
import { countParts, encodingTitles, maxParts, type Parts } from './sms.ts';

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
   * another value are another bulk.
   */
  scope: 'row' | 'bulk';
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
} as const satisfies Record<keyof Message, MessageField>;

/** The names of all fields of a message. */
export const messageFieldNames = Object.keys(messageFields) as (keyof Message)[];

/**
 * Reports whether two plans send the same to the same recipient, so that one id can stand for both. Values that the
 * template does not use are dropped on sending, so only values in both plans are compared.
 */
export function isSameSend(one: Plan, other: Plan): boolean {
  const { variables } = one.message;
  const { variables: others } = other.message;
  const shared = Object.keys(variables).filter((name) => Object.hasOwn(others, name));
  const isSubset = [variables, others].some((all) => Object.keys(all).length === shared.length);
  const isAlike = (name: keyof Message) =>
    JSON.stringify(one.message[name] ?? null) === JSON.stringify(other.message[name] ?? null);
  return (
    one.to === other.to &&
    one.chat === other.chat &&
    isSubset &&
    shared.every((name) => variables[name] === others[name]) &&
    messageFieldNames.every((name) => name === 'variables' || isAlike(name))
  );
}

/** Returns a message without content. */
export function emptyMessage(chain: readonly ChannelName[]): Message {
  return { chain, text: null, template: null, variables: {}, sender: null, simulation: false };
}

/** Fields that are not taken over as entered, but checked or built. */
const checkedFields = ['chain', 'text', 'template', 'variables', 'sender'] as const;
type CheckedField = (typeof checkedFields)[number];
type UncheckedField = Exclude<keyof Message, CheckedField>;
const uncheckedFields = messageFieldNames.filter((name) => !checkedFields.some((one) => one === name));

/** Message as entered by the user or read from a row, not validated yet. */
export interface MessageInput extends Omit<Message, CheckedField> {
  readonly channel: ChannelName;
  readonly fallback: boolean;
  readonly text: string | undefined;
  readonly template: string | undefined;
  readonly variables: Variables;
  readonly sender: Sender | undefined;
  /** True for a chain of all channels, which needs both a template and a text. */
  readonly needsBoth?: boolean | undefined;
}

/** Adds the fields of a message that need no check to `target`, from an object that has them under the same names. */
export function copyUncheckedFields<S extends object, T extends object>(
  source: S,
  target: T,
): T & Pick<S, keyof S & UncheckedField> {
  // A loop: a spread costs as much as the rest of composing a message, and a bulk has a million rows.
  const fields: Record<string, unknown> = target as Record<string, unknown>;
  for (const name of uncheckedFields) if (name in source) fields[name] = source[name as keyof S];
  return target as T & Pick<S, keyof S & UncheckedField>;
}

/**
 * Validates a message against the rules of its channels (the vendor's channel guide: RCS needs a template, SMS has
 * none, WhatsApp takes either).
 * @throws Failure of kind `usage`
 */
export function composeMessage(input: MessageInput): Message {
  const { channel, fallback, template, variables, sender } = input;
  const chain = buildChain(channel, fallback);
  if (channel === 'sms' && fallback) refuse('fallback.last', 'SMS is the last channel and has no fallback');
  if (channel === 'sms' && template !== undefined) refuse('template.not-sms', 'SMS has no templates');
  if (input.needsBoth && input.text === undefined)
    refuse('text.missing', 'no text to send: SMS has no templates', { channel: 'sms' });
  if ((input.needsBoth || channel === 'rcs') && template === undefined)
    refuse('template.missing', 'RCS needs an approved template');
  if (!fallback && template !== undefined && input.text !== undefined)
    refuse('text.twice', 'cannot send both a template and a text without fallback');
  if (channel !== 'rcs' && template === undefined && input.text === undefined)
    refuse('text.missing', 'no text to send', { channel });
  const text = input.text === undefined ? null : renderMessageText(input.text, input.variables);
  if (template === undefined)
    assertKnownPlaceholders(input.variables, findPlaceholders(input.text ?? ''), 'the message');
  if (text !== null && chain.includes('sms')) assertSmsLength(countParts(text));
  if (template !== undefined && channel === 'whatsapp') assertTemplateValues(variables);
  return copyUncheckedFields(input, {
    chain,
    text,
    template: template ?? null,
    variables: template === undefined ? {} : composeCharacters(variables),
    sender: sender ?? null,
  });
}

/** Checks the values of a WhatsApp template. @throws Failure `placeholder.invalid` */
function assertTemplateValues(variables: Variables): void {
  const name = findRefusedValue(variables);
  if (name !== undefined)
    refuse(
      'placeholder.invalid',
      `the value of {${name}} has a line break, a tab or more than four spaces in a row, which WhatsApp templates refuse`,
    );
}

/** Returns values in composed characters (NFC); the same object if they are already. */
function composeCharacters(variables: Variables): Variables {
  for (const name in variables) {
    const value = variables[name] ?? '';
    if (value.normalize('NFC') !== value)
      return Object.fromEntries(Object.entries(variables).map(([key, one]) => [key, one.normalize('NFC')]));
  }
  return variables;
}

function renderMessageText(text: string, variables: Variables): string {
  // Composed characters: `à` is in GSM-7, `a` with a combining accent is not, and they look the same.
  const whole = renderText(text, variables).normalize('NFC');
  if (whole.trim() === '') refuse('text.empty', 'the message is empty');
  if (!whole.isWellFormed())
    refuse('text.not-unicode', 'the message contains half of a character (a lone surrogate)');
  return whole;
}

function assertSmsLength({ parts, encoding }: Parts): void {
  if (parts > maxParts)
    throw new Failure(
      'usage',
      'text.too-long',
      `the text needs ${parts} parts in ${encodingTitles[encoding]}; an SMS can have at most ${maxParts}`,
      'shorten the text',
      undefined,
      { parts: String(parts), encoding },
    );
}

/** Returns parts and encoding of the text if SMS is among the channels, else null. */
export function countSmsParts(message: Message): Parts | null {
  return message.text !== null && message.chain.includes('sms') ? countParts(message.text) : null;
}
