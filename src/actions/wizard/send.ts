import type { Context } from '../../app/context.ts';
import { Failure } from '../../errors.ts';
import { nameFlag } from '../../input/flag.ts';
import { findHint } from '../../input/hints.ts';
import { type Ask, GoBack, lineBreakMark } from '../../input/prompt.ts';
import { readVariables } from '../../input/text.ts';
import { advise, type Needs } from '../../message/channels/advise.ts';
import {
  buildChain,
  type ChannelName,
  channelNames,
  channelTitles,
  describeChain,
  type TemplateChannel,
} from '../../message/channels/channel.ts';
import { channelFacts } from '../../message/channels/facts.ts';
import { findRefusedValue } from '../../message/channels/template-limits.ts';
import { composeMessage } from '../../message/compose.ts';
import { countSmsParts, emptyMessage, type Message, type Plan } from '../../message/message.ts';
import { parsePhone } from '../../message/phone.ts';
import { assertWellFormed, findPlaceholders, matchName } from '../../message/placeholders.ts';
import type { MessageRules } from '../../message/rules.ts';
import { countParts, encodingTitles, formatParts } from '../../message/sms.ts';
import { clean } from '../../output/clean.ts';
import { styleFor } from '../../output/style.ts';
import { formatMinute, pluralize } from '../../output/units.ts';
import { commandLine } from '../command-line.ts';
import type { CompleteDraft, Draft } from '../draft.ts';
import { refuseUnwanted } from '../recipient-guard.ts';
import type { SendFlags } from '../send-flags.ts';
import { buildRequest, readOverrides } from '../send-request.ts';
import { askDestination } from './destination.ts';
import { breakLines } from './lines.ts';
import { askOrigin } from './origin.ts';
import type { Answers, Asking, Question } from './question.ts';
import { pickTemplate } from './template.ts';

/** All questions in order. One that fits several times, such as the one for a value, is asked until it no longer does. */
const questions: readonly Question[] = [
  askEntry,
  askNumber,
  askKind,
  askTemplate,
  askFallback,
  askMessage,
  askValue,
  askOrigin,
];

/**
 * Prompts for what a draft leaves open, shows what would be sent and the command that sends it without prompts, and asks
 * for confirmation. Esc returns to the question before. Resolves to undefined if the answer is no.
 * @throws Failure `run.interrupted` on Ctrl-C at any prompt; `destination.opted-out`, `window.closed`
 */
export async function askForRest(draft: Draft, context: Context): Promise<CompleteDraft | undefined> {
  context.setStopResult('nothing was sent');
  const { flags } = draft;
  for (const text of flags.message) assertWellFormed(text);
  // A send without a key would fail after all questions.
  if (!flags.dryRun) await context.deps();
  const ask = await context.ask();
  const { channel = flags.fallback ? 'whatsapp' : undefined } = draft;
  let answers: Answers = { channel, values: flags };
  if (flags.to.length > 0) await refuseEarly(undefined, flags, context);
  const asking: Asking = {
    ask,
    context,
    rules: await context.messageRules(),
    fileNames: Object.keys(await readVariables([], flags.variablesFile, context.io)),
    needed: await findNeeded(channel, flags, context),
    drafts: { values: new Map() },
  };
  context.notices.info('Esc goes back to the previous question; Ctrl-C ends without sending');
  /** The answers before each question that was asked. */
  const asked: Answers[] = [];
  for (;;)
    try {
      ask.allowBack(asked.length > 0);
      const next = await askNext(answers, asking);
      if (next !== undefined) {
        if (!asking.foundAnswer) asked.push(answers);
        asking.foundAnswer = false;
        answers = next;
        continue;
      }
      const { complete, composed } = await conclude(answers, context);
      summarize(complete, composed, context);
      const isSure = flags.yes || flags.dryRun;
      return isSure || (await ask.confirm('Send it?')) ? complete : undefined;
    } catch (cause) {
      if (!(cause instanceof GoBack)) throw cause;
      keepDrafts(answers, asking);
      answers = asked.pop() ?? answers;
    }
}

function keepDrafts({ values }: Answers, { drafts }: Asking): void {
  const [message] = values.message;
  if (message !== undefined) drafts.message = message;
  for (const [name, value] of values.variables) drafts.values.set(name, value);
}

/** Makes the checks of a send that need no gateway. @throws Failure as a send does */
async function conclude(
  { channel, values }: Answers,
  context: Context,
): Promise<{ complete: CompleteDraft; composed: Message }> {
  if (channel === undefined) throw new Error('the channel was not asked for');
  const { input } = await buildRequest(channel, values, context);
  const composed = composeMessage(input, await context.messageRules());
  await refuseEarly(channel, values, context);
  return { complete: { channel, flags: values }, composed };
}

/**
 * Returns the placeholders of the template that a flag names.
 * @throws Failure `template.unknown`, `template.not-approved`
 */
async function findNeeded(
  channel: ChannelName | undefined,
  { template = [], fallback = false, templateCheck }: SendFlags,
  context: Context,
): Promise<readonly string[]> {
  const [id] = template;
  if (id === undefined || channel === undefined || templateCheck === false) return [];
  const { findTemplateChannels, openTemplates } = await import('../template-source.ts');
  const channels = findTemplateChannels(buildChain(channel, fallback), await context.messageRules());
  const { problems, needed } = await openTemplates(channels.main, false, context)(id);
  if (problems[0]) throw problems[0];
  return needed;
}

/** Asks the first question that fits; undefined if nothing is left to ask. */
async function askNext(answers: Answers, asking: Asking): Promise<Answers | undefined> {
  for (const question of questions) {
    const next = await question(answers, asking);
    if (next !== undefined) return next;
  }
  return undefined;
}

/** Asks for the channel at which the message enters, and whether it may fall back from there. */
async function askEntry({ channel, values }: Answers, { ask }: Asking): Promise<Answers | undefined> {
  if (channel !== undefined) return undefined;
  const entry = await askChannel(ask);
  return { channel: entry.channel, values: { ...values, fallback: entry.fallback } };
}

async function askNumber(answers: Answers, { ask, context }: Asking): Promise<Answers | undefined> {
  const { values } = answers;
  if (values.to.length > 0) return undefined;
  const isForced = readOverrides(values)?.optOut !== undefined;
  const number = await askDestination(ask, values.country, isForced, context);
  return { ...answers, values: { ...values, to: [number] } };
}

/** Returns true if a template is sent, false if none is; undefined if that is still to be asked. */
function sendsTemplate(
  { channel, values, wantsTemplate }: Answers,
  { rcsNeedsNoTemplate, sharesTemplate }: MessageRules,
): boolean | undefined {
  const { message, template = [], fallback = false } = values;
  if (channel === 'sms') return false;
  if (template.length > 0 || (fallback && channel === 'whatsapp' && sharesTemplate)) return true;
  if (channel === 'rcs' && !rcsNeedsNoTemplate) return true;
  return message.length > 0 ? false : wantsTemplate;
}

/** Asks whether to send a template or a text, where the channel accepts either. */
async function askKind(answers: Answers, { ask, rules }: Asking): Promise<Answers | undefined> {
  if (sendsTemplate(answers, rules) !== undefined) return undefined;
  const channel = answers.channel === 'rcs' ? 'rcs' : 'whatsapp';
  return { ...answers, wantsTemplate: await askTemplateOrText(channel, ask) };
}

async function askTemplate(answers: Answers, { ask, context, rules }: Asking): Promise<Answers | undefined> {
  const { channel, values } = answers;
  if (!sendsTemplate(answers, rules) || channel === undefined || channel === 'sms') return undefined;
  if ((values.template ?? []).length > 0) return undefined;
  const { id, template } = await pickTemplate(channel, ask, context);
  return { ...answers, template, values: { ...values, template: [id] } };
}

const fallbackQuestion: Record<TemplateChannel, string> = {
  rcs: 'Fall back to SMS where there is no RCS?',
  whatsapp: 'Fall back to RCS, then SMS, if WhatsApp fails?',
};

async function askFallback(answers: Answers, { ask, rules }: Asking): Promise<Answers | undefined> {
  const { channel, values, hasFallback } = answers;
  if (hasFallback || values.fallback) return undefined;
  if (channel === undefined || channel === 'sms') return undefined;
  if (!sendsTemplate(answers, rules) && channel === 'whatsapp') return undefined;
  const fallback = await ask.confirm(fallbackQuestion[channel]);
  return { ...answers, hasFallback: true, values: { ...values, fallback } };
}

async function askMessage(
  answers: Answers,
  { ask, context, drafts, rules }: Asking,
): Promise<Answers | undefined> {
  const { channel = 'sms', values } = answers;
  const asSms = includesSms(channel, values.fallback);
  const needsText = asSms || (values.template ?? []).length === 0;
  if (!needsText || values.message.length > 0) return undefined;
  const isOnRcs = channel === 'whatsapp' && !rules.sharesTemplate;
  const ofLater = isOnRcs ? 'Text on RCS and SMS?' : 'Text of the SMS?';
  const isLater = channel !== 'sms' && asSms && sendsTemplate(answers, rules);
  const question = isLater ? ofLater : 'Message text?';
  return {
    ...answers,
    values: {
      ...values,
      message: [await askText(ask, { question, asSms, draft: drafts.message }, context)],
    },
  };
}

/** Asks for the first missing value of a placeholder in the template or in the text. */
async function askValue(answers: Answers, asking: Asking): Promise<Answers | undefined> {
  const { channel, values, template } = answers;
  const { ask, fileNames, needed, drafts, rules } = asking;
  const given = [...values.variables.map(([name]) => name), ...fileNames];
  const wanted = [
    ...(template?.placeholders ?? needed),
    ...values.message.flatMap((text) => [...findPlaceholders(text)]),
  ];
  const name = wanted.find((one) => matchName(one, given).length === 0);
  if (name === undefined) return undefined;
  const preset = template?.presets[name];
  const draft = drafts.values.get(name);
  const isOnWhatsapp = channel === 'whatsapp' && sendsTemplate(answers, rules) === true;
  const complaint = async (typed: string) => {
    if (typed === '') return 'a value is required';
    return isOnWhatsapp && findRefusedValue({ [name]: typed }) !== undefined ? refusedValue : undefined;
  };
  const value = await ask.text(`Value of {${clean(name)}}?`, { ...(preset && { preset }), draft, complaint });
  return { ...answers, values: { ...values, variables: [...values.variables, [name, value]] } };
}

const refusedValue = 'WhatsApp templates take no line break, tab or more than four spaces in a row';

const chain = 'chain';

async function askChannel(ask: Ask): Promise<{ channel: ChannelName; fallback: boolean }> {
  const needsByChoice: Record<ChannelName | typeof chain, Partial<Needs>> = {
    sms: {},
    rcs: { rich: true, android: true },
    whatsapp: { rich: true, twoWay: true },
    [chain]: { reach: true },
  };
  const advice = (name: keyof typeof needsByChoice) => {
    const none = { rich: false, android: false, reach: false, freeForm: false, twoWay: false };
    const { because, needs } = advise({ ...none, ...needsByChoice[name] });
    return needs === 'nothing' ? because : `${because}; needs ${needs}`;
  };
  const answer = await ask.choose<ChannelName | typeof chain>('Which channel?', [
    ...channelNames.toReversed().map((name) => ({
      name: `${channelTitles[name].padEnd(10)} ${channelFacts[name].devices}; ${channelFacts[name].cost} cost`,
      short: channelTitles[name],
      value: name,
      description: advice(name),
    })),
    {
      name: 'All three  WhatsApp, then RCS, then SMS, until one succeeds',
      short: 'WhatsApp, then RCS, then SMS',
      value: chain,
      description: advice(chain),
    },
  ]);
  return answer === chain ? { channel: 'whatsapp', fallback: true } : { channel: answer, fallback: false };
}

async function askTemplateOrText(channel: TemplateChannel, ask: Ask): Promise<boolean> {
  const [ofTemplate, ofText] = {
    rcs: ['approved by the carriers; may have images, cards and buttons', 'plain text, without approval'],
    whatsapp: ['approved by Meta; can be sent at any time', 'only within 24 hours of their last message'],
  }[channel];
  return ask.choose('What do you want to send?', [
    { name: 'a template', value: true, description: ofTemplate ?? '' },
    { name: 'a text', value: false, description: ofText ?? '' },
  ]);
}

/** Returns true if the text is sent as SMS, on the first channel or as a fallback. */
function includesSms(channel: ChannelName, fallback = false): boolean {
  return channel === 'sms' || fallback;
}

/** Asks for a text; with `asSms`, counts its SMS parts. */
async function askText(
  ask: Ask,
  { question, asSms, draft }: { question: string; asSms: boolean; draft: string | undefined },
  context: Context,
): Promise<string> {
  const { stderr } = context.io;
  const style = await styleFor(stderr);
  return ask.text(question, {
    draft,
    // Counted live: one more character may mean one more part.
    live(typed) {
      const { parts, encoding, left } = countParts(typed);
      const characters = pluralize([...typed].length, 'character');
      const count = asSms
        ? `${characters}, ${formatParts(parts)} in ${encodingTitles[encoding]}, room for ${left}`
        : characters;
      const fits = question.length + count.length + 4 <= stderr.columns;
      const lines = fits ? [count] : ['', ...breakLines(count, stderr.columns, style)];
      return lines.map(style.dim).join('\n  ');
    },
    complaint: async (typed) => (typed.trim() === '' ? 'the message is empty' : describeMalformed(typed)),
  });
}

/** Describes a brace that is neither part of a placeholder nor escaped; undefined if there is none. */
function describeMalformed(text: string): string | undefined {
  try {
    assertWellFormed(text);
    return undefined;
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return `${cause.message}: ${findHint(cause)}`;
  }
}

function summarize({ channel, flags: values }: CompleteDraft, composed: Message, context: Context): void {
  const { to, message, template = [] } = values;
  // Also in quiet mode: the question is about it.
  const show = (line: string) => context.notices.problem(line);
  const parts = countSmsParts(composed);
  show('');
  show(`to        ${to.join(', ')}`);
  show(`channel   ${describeChain(composed.chain)}`);
  if (template[0]) show(`template  ${template[0]}`);
  const asSms = parts ? `  (as SMS ${formatParts(parts.parts)} in ${encodingTitles[parts.encoding]})` : '';
  if (message[0]) show(`text      ${message[0].replaceAll('\n', lineBreakMark)}${asSms}`);
  for (const [name, value] of values.variables) show(`{${name}}`.padEnd(10) + value);
  const { scheduledAt } = composed;
  if (scheduledAt != null) show(`planned   ${formatMinute(scheduledAt)}`);
  show(`next time ${commandLine({ channel, flags: values }, context)}`);
  show('');
}

/**
 * Refuses early what the send would refuse for its destinations. `channel` is the channel at which the message enters;
 * undefined while its content is not known. Notes are left to the send.
 * @throws Failure as `refuseUnwanted`, `phone.*`
 */
export async function refuseEarly(
  channel: ChannelName | undefined,
  values: SendFlags,
  context: Context,
): Promise<void> {
  const home = values.country ?? context.settings.country;
  const isFreeForm = channel === 'whatsapp' && !values.fallback && (values.template ?? []).length === 0;
  const message = emptyMessage(buildChain(isFreeForm ? channel : 'sms', false));
  const overrides = readOverrides(values);
  const plans = values.to.map(async (to): Promise<Plan> => {
    const plan = { id: '', to: await nameFlag('--to', () => parsePhone(to, home)), message };
    return overrides === undefined ? plan : { ...plan, overrides };
  });
  await refuseUnwanted(await Promise.all(plans), await context.ledger(), context);
}
