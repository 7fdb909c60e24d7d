import { Failure, refuse } from '../errors.ts';
import { buildChain, type ChannelName } from './channels/channel.ts';
import { findRefusedValue } from './channels/template-limits.ts';
import type { Sender } from './id.ts';
import { type Message, messageFieldNames } from './message.ts';
import { assertKnownPlaceholders, findPlaceholders, renderText, type Variables } from './placeholders.ts';
import { findRichPlaceholders, type RichContent, renderRich } from './rich.ts';
import type { MessageProblem, MessageRules } from './rules.ts';
import { countParts, encodingTitles, maxParts, type Parts } from './sms.ts';

/** Fields that are not taken over as entered, but checked or built. */
const checkedFields = ['chain', 'text', 'template', 'variables', 'sender', 'rich'] as const;
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
  readonly rich?: RichContent | undefined;
  /** True for a chain of all channels, which needs both a template and a text. */
  readonly needsBoth?: boolean | undefined;
}

/**
 * Adds the fields of a message that need no check to `target`, from an object that has them under the same names; those that
 * are undefined stay absent.
 */
export function copyUncheckedFields<T extends object>(
  source: object,
  target: T,
): T & Partial<Pick<Message, UncheckedField>> {
  // A loop: a spread costs as much as the rest of composing a message, and a bulk has a million rows.
  const fields = target as Record<string, unknown>;
  for (const name of uncheckedFields) {
    const value = (source as Record<string, unknown>)[name];
    if (value !== undefined) fields[name] = value;
  }
  return target;
}

/**
 * Validates a message against the rules of its channels (the vendor's channel guide: SMS has no template, WhatsApp takes
 * either) and those of the gateway's generation. A failure names everything that is missing.
 * @throws Failure of kind `usage`
 */
export function composeMessage(input: MessageInput, rules: MessageRules): Message {
  const { channel, fallback, template, variables, sender, rich } = input;
  const chain = buildChain(channel, fallback);
  if (channel === 'sms' && fallback) refuse('fallback.last', 'SMS is the last channel and has no fallback');
  if (channel === 'sms' && template !== undefined) refuse('template.not-sms', 'SMS has no templates');
  if (channel === 'sms' && rich !== undefined) refuse('content.not-sms', 'SMS carries plain text only');
  if (!fallback && template !== undefined && input.text !== undefined)
    refuse('text.twice', 'cannot send both a template and a text without fallback');
  if (rich !== undefined && template !== undefined && !fallback)
    refuse('content.twice', 'cannot send both a template and other content without fallback');
  if (rich?.kind === 'object' && input.text !== undefined && !fallback)
    refuse('content.twice', 'cannot send both a text and other content without fallback');
  const rendered = renderContent(input);
  const { text } = rendered;
  const optional = pickChannelFields(input, chain);
  const hasTemplate = template !== undefined || optional.rcsTemplate != null;
  const message = copyUncheckedFields(optional, {
    chain,
    text,
    template: template ?? null,
    variables: hasTemplate ? composeCharacters(variables) : {},
    sender: sender ?? null,
    simulation: input.simulation,
    ...(rendered.rich !== undefined && { rich: rendered.rich }),
  });
  refuseProblems([
    ...findMissingContent(message, input, rules),
    ...rendered.problems,
    ...rules.findProblems(message),
  ]);
  if (!hasTemplate)
    assertKnownPlaceholders(
      input.variables,
      new Set([...findPlaceholders(input.text ?? ''), ...findRichPlaceholders(rich)]),
      'the message',
    );
  if (text !== null && chain.includes('sms')) assertSmsLength(countParts(text));
  if (template !== undefined && channel === 'whatsapp') assertTemplateValues(variables);
  return message;
}

/**
 * Returns the input without the fields that mean nothing on the channels of the message, such as an RCS agent of the profile
 * for an SMS: they must not make two equal messages differ.
 */
function pickChannelFields(input: MessageInput, chain: readonly ChannelName[]): MessageInput {
  const { agentId, phoneNumberId, rcsTemplate, smsOnly } = input;
  if (agentId == null && phoneNumberId == null && rcsTemplate == null && smsOnly == null) return input;
  const [first] = chain;
  return {
    ...input,
    agentId: chain.includes('rcs') ? agentId : undefined,
    phoneNumberId: first === 'whatsapp' ? phoneNumberId : undefined,
    rcsTemplate: first === 'whatsapp' && chain.includes('rcs') ? rcsTemplate : undefined,
    smsOnly: first === 'sms' ? smsOnly : undefined,
  } as MessageInput;
}

/** Text and rich content of a message; as written where a value is missing, which is one of `problems`. */
interface RenderedContent {
  text: string | null;
  rich: RichContent | undefined;
  problems: MessageProblem[];
}

function renderContent({ text, rich, variables }: MessageInput): RenderedContent {
  const problems: MessageProblem[] = [];
  const render = <T>(written: T, fill: (written: T) => T): T => {
    try {
      return fill(written);
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.code !== 'placeholder.missing') throw cause;
      problems.push({ code: cause.code, reason: cause.message, facts: cause.facts });
      return written;
    }
  };
  return {
    text: text === undefined ? null : render(text, (written) => renderMessageText(written, variables)),
    rich: rich === undefined ? undefined : render(rich, (written) => renderRich(written, variables)),
    problems,
  };
}

/** Returns what the channels of a message need and it lacks. */
function findMissingContent(
  { chain, text, template, rich }: Message,
  { needsBoth }: MessageInput,
  { rcsNeedsNoTemplate }: MessageRules,
): MessageProblem[] {
  const [channel] = chain;
  const missing: MessageProblem[] = [];
  const hasContent = template !== null || text !== null || rich !== undefined;
  if (needsBoth && text === null)
    missing.push({
      code: 'text.missing',
      reason: 'no text to send: SMS has no templates',
      facts: { channel: 'sms' },
    });
  if ((needsBoth || channel === 'rcs') && template === null && !rcsNeedsNoTemplate)
    missing.push({ code: 'template.missing', reason: 'RCS needs an approved template' });
  else if (!hasContent && missing.length === 0)
    missing.push({ code: 'text.missing', reason: 'no text to send', facts: { channel: channel ?? 'sms' } });
  return missing;
}

/** @throws Failure with the code of the first problem and the reasons of all, if there is one */
function refuseProblems(problems: readonly MessageProblem[]): void {
  const [first, ...others] = problems.filter(
    ({ code }, index) => problems.findIndex((one) => one.code === code) === index,
  );
  if (first === undefined) return;
  const reasons = [first, ...others].map(({ reason }) => reason).join('; ');
  refuse(first.code, reasons, {
    ...Object.assign({}, ...others.map(({ facts }) => facts), first.facts),
    ...(others.length > 0 && { also: others.map(({ code }) => code) }),
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
