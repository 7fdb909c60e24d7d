import { Failure, refuse } from '../errors.ts';
import { buildChain, type ChannelName } from './channels/channel.ts';
import type { Sender } from './id.ts';
import type { Phone } from './phone.ts';
import { findPlaceholders, refuseSurplus, renderText, type Variables } from './placeholders.ts';
import { countParts, maxParts, type Parts } from './sms.ts';

/** What is to be said, and on which channels: a valid message, whoever it goes to. */
export interface Message {
  /** The channels it may go through, in order; the first is the one it is handed to. */
  readonly chain: readonly ChannelName[];
  /** Text with its placeholders filled in; null when only a template is sent. */
  readonly text: string | null;
  readonly template: string | null;
  /** Values for the template's placeholders. */
  readonly variables: Variables;
  readonly sender: Sender | null;
  /** The gateway validates and does not send. */
  readonly simulation: boolean;
}

/** A message for one destination under one id: what the ledger keeps and the gateway is handed. */
export interface Plan {
  readonly id: string;
  readonly to: Phone;
  readonly message: Message;
  /** The gateway's conversation that it answers: it went through the inbox, and not by a send. */
  readonly chat?: string;
  /** Why it is sent though they have opted out or their window is closed. It is kept here, and never told anybody else. */
  readonly overrideReason?: string;
}

/**
 * Tells whether two plans say the same to the same number, so that one id may stand for both. Values that a template does not
 * ask for are left out when it is sent: only those that both have are compared.
 */
export function isSameSend(one: Plan, other: Plan): boolean {
  const { variables, ...message } = one.message;
  const { variables: otherVariables, ...otherMessage } = other.message;
  const shared = Object.keys(variables).filter((name) => Object.hasOwn(otherVariables, name));
  const isSubset = [variables, otherVariables].some((all) => Object.keys(all).length === shared.length);
  return (
    one.to === other.to &&
    one.chat === other.chat &&
    isSubset &&
    shared.every((name) => variables[name] === otherVariables[name]) &&
    JSON.stringify(Object.entries(message).sort()) === JSON.stringify(Object.entries(otherMessage).sort())
  );
}

/** What a person or a row said, read but not yet held against the channel's rules. */
export interface MessageInput {
  channel: ChannelName;
  fallback: boolean;
  text: string | undefined;
  template: string | undefined;
  variables: Variables;
  sender: Sender | undefined;
  simulation: boolean;
}

/**
 * Holds a wish against the rules of its channels (the vendor's channel guide: RCS needs a template, SMS knows
 * none, WhatsApp takes either).
 * @throws Failure of kind `usage`
 */
export function composeMessage(wish: MessageInput): Message {
  const { channel, fallback, template } = wish;
  const chain = buildChain(channel, fallback);
  if (channel === 'sms' && fallback)
    refuse('fallback.last', 'SMS is the last channel: there is nothing to fall back to');
  if (channel === 'sms' && template !== undefined) refuse('template.not-sms', 'SMS has no templates');
  if (channel === 'rcs' && template === undefined)
    refuse('template.missing', 'RCS needs an approved template');
  if (!fallback && template !== undefined && wish.text !== undefined)
    refuse('text.twice', 'a template and a text are given, and only one of them can be sent');
  if (channel !== 'rcs' && template === undefined && wish.text === undefined)
    refuse('text.missing', 'there is nothing to send', { channel });
  const text = wish.text === undefined ? null : textOf(wish.text, wish.variables);
  if (template === undefined) refuseSurplus(wish.variables, findPlaceholders(wish.text ?? ''), 'the message');
  if (text !== null && chain.includes('sms')) refuseEndless(countParts(text));
  return {
    chain,
    text,
    template: template ?? null,
    variables: template === undefined ? {} : wish.variables,
    sender: wish.sender ?? null,
    simulation: wish.simulation,
  };
}

function textOf(text: string, variables: Variables): string {
  const whole = renderText(text, variables);
  if (whole.trim() === '') refuse('text.empty', 'the message is empty');
  if (!whole.isWellFormed())
    refuse('text.not-unicode', 'the message holds half of a character (a lone surrogate)');
  return whole;
}

function refuseEndless({ parts, encoding }: Parts): void {
  if (parts > maxParts)
    throw new Failure(
      'usage',
      'text.too-long',
      `the text takes ${parts} parts in ${encoding}, more than the ${maxParts} an SMS can have`,
      'shorten it',
    );
}

/** Parts and encoding of the text where SMS is among the channels, else null. */
export function countSmsParts(message: Message): Parts | null {
  return message.text !== null && message.chain.includes('sms') ? countParts(message.text) : null;
}
