import type { Context } from '../../app/context.ts';
import { nameFlag } from '../../input/flag.ts';
import type { Ask } from '../../input/prompt.ts';
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
import { countSmsParts, emptyMessage, type Plan } from '../../message/message.ts';
import { parsePhone } from '../../message/phone.ts';
import { findPlaceholders, renderText } from '../../message/placeholders.ts';
import { countParts, encodingTitles, formatParts } from '../../message/sms.ts';
import type { Template } from '../../message/template.ts';
import { clean } from '../../output/clean.ts';
import { styleFor } from '../../output/style.ts';
import type { CompleteDraft, Draft } from '../draft.ts';
import { refuseUnwanted } from '../recipient-guard.ts';
import type { SendFlags } from '../send-flags.ts';
import { readOverrides } from '../send-request.ts';
import { commandLine } from './command-line.ts';
import { askDestination } from './destination.ts';
import { breakLines } from './lines.ts';
import { pickTemplate } from './template.ts';

/**
 * Prompts for what a draft leaves open, shows what would be sent and the command that sends it without prompts, and asks
 * for confirmation. Resolves to undefined if the answer is no.
 * @throws Failure `run.interrupted` on Ctrl-C at any prompt; `destination.opted-out`, `window.closed`
 */
export async function askForRest(draft: Draft, context: Context): Promise<CompleteDraft | undefined> {
  context.setStopResult('nothing was sent');
  const ask = await context.ask();
  const { channel, fallback: chosen } = await chooseEntry(draft, ask);
  let values: SendFlags = { ...draft.flags, fallback: chosen };
  if (values.to.length > 0) await refuseEarly(undefined, values, context);
  else
    values = {
      ...values,
      to: [await askDestination(ask, values.country, readOverrides(values)?.optOut !== undefined, context)],
    };

  let template: Template | undefined;
  if (channel !== 'sms' && (await usesTemplate(channel, values, ask))) {
    if ((values.template ?? []).length === 0) {
      const picked = await pickTemplate(channel, ask, context);
      template = picked.template;
      values = { ...values, template: [picked.id] };
    }
    if (!chosen) values = { ...values, fallback: await ask.confirm(fallbackQuestion[channel]) };
  }
  const asSms = includesSms(channel, values.fallback);
  if ((asSms || (values.template ?? []).length === 0) && values.message.length === 0) {
    const question = channel !== 'sms' && asSms ? 'Text of the SMS?' : 'Message text?';
    values = { ...values, message: [await askText(ask, question, asSms, context)] };
  }
  values = await askValues(ask, values, template);

  await refuseEarly(channel, values, context);
  const complete = { channel, flags: values };
  await summarize(complete, context);
  return (await ask.confirm('Send it?')) ? complete : undefined;
}

/** Returns the channel at which the message enters, and whether it may fall back from there. */
async function chooseEntry(
  { channel, flags: values }: Draft,
  ask: Ask,
): Promise<{ channel: ChannelName; fallback: boolean }> {
  const { fallback = false } = values;
  if (channel !== undefined) return { channel, fallback };
  return fallback ? { channel: 'whatsapp', fallback } : askChannel(ask);
}

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

const fallbackQuestion: Record<TemplateChannel, string> = {
  rcs: 'Fall back to SMS where there is no RCS?',
  whatsapp: 'Fall back to RCS, then SMS, if WhatsApp fails?',
};

/** Returns true if a template is to be sent. Asks if flags do not say; only WhatsApp accepts a text instead. */
async function usesTemplate(
  channel: TemplateChannel,
  { message, template = [], fallback = false }: SendFlags,
  ask: Ask,
): Promise<boolean> {
  if (template.length > 0 || fallback || channel === 'rcs') return true;
  return message.length === 0 && askTemplateOrText(ask);
}

async function askTemplateOrText(ask: Ask): Promise<boolean> {
  return ask.choose('What do you want to send?', [
    { name: 'a template', value: true, description: 'approved by Meta; can be sent at any time' },
    { name: 'a text', value: false, description: 'only within 24 hours of their last message' },
  ]);
}

/** Returns true if the text is sent as SMS, on the first channel or as a fallback. */
function includesSms(channel: ChannelName, fallback = false): boolean {
  return channel === 'sms' || fallback;
}

/** Asks for a text; with `asSms`, counts its SMS parts. */
async function askText(ask: Ask, question: string, asSms: boolean, context: Context): Promise<string> {
  const { stderr } = context.io;
  const style = await styleFor(stderr);
  return ask.text(question, {
    // Counted live: one more character may mean one more part.
    live(typed) {
      const { parts, encoding, left } = countParts(typed);
      const characters = `${[...typed].length} characters`;
      const count = asSms
        ? `${characters}, ${formatParts(parts)} in ${encodingTitles[encoding]}, room for ${left}`
        : characters;
      const fits = question.length + count.length + 4 <= stderr.columns;
      const lines = fits ? [count] : ['', ...breakLines(count, stderr.columns, style)];
      return lines.map(style.dim).join('\n  ');
    },
    complaint: async (typed) => (typed.trim() === '' ? 'the message is empty' : undefined),
  });
}

/** Asks for the missing values of the placeholders in the template and in the text. */
async function askValues(ask: Ask, values: SendFlags, template: Template | undefined): Promise<SendFlags> {
  const given = new Set(values.variables.map(([name]) => name));
  const wanted = new Set([
    ...(template?.placeholders ?? []),
    ...values.message.flatMap((text) => [...findPlaceholders(text)]),
  ]);
  const variables = [...values.variables];
  // The file of values is read later, so its values are not known here.
  if (values.variablesFile !== undefined) return values;
  for (const name of wanted) {
    if (given.has(name)) continue;
    const preset = template?.presets[name];
    const complaint = async (typed: string) => (typed === '' ? 'a value is required' : undefined);
    variables.push([
      name,
      await ask.text(`Value of {${clean(name)}}?`, { ...(preset && { preset }), complaint }),
    ]);
  }
  return { ...values, variables };
}

async function summarize({ channel, flags: values }: CompleteDraft, context: Context): Promise<void> {
  const { to, message, template = [], fallback } = values;
  const channels = describeChain(buildChain(channel, fallback ?? false));
  const parts = countSmsParts({
    ...emptyMessage(['sms']),
    text: message[0] === undefined ? null : renderText(message[0], Object.fromEntries(values.variables)),
  });
  context.notices.info('');
  context.notices.info(`to        ${to.join(', ')}`);
  context.notices.info(`channel   ${channels}`);
  if (template[0]) context.notices.info(`template  ${template[0]}`);
  const count = parts && includesSms(channel, fallback);
  const asSms = count ? `  (as SMS ${formatParts(parts.parts)} in ${encodingTitles[parts.encoding]})` : '';
  if (message[0]) context.notices.info(`text      ${message[0]}${asSms}`);
  for (const [name, value] of values.variables) context.notices.info(`{${name}}`.padEnd(10) + value);
  context.notices.info(`next time ${commandLine({ channel, flags: values }, context)}`);
  context.notices.info('');
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
