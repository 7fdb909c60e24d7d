import type { Context } from '../app/context.ts';
import { Failure, fail } from '../errors.ts';
import { findHint } from '../input/hints.ts';
import { atMostOne } from '../input/text.ts';
import type { Ledger } from '../ledger/api.ts';
import { buildChain, type ChannelName, channelTitles, hasTemplates } from '../message/channels/channel.ts';
import { composeMessage } from '../message/compose.ts';
import { emptyMessage, isSameSend, type Message } from '../message/message.ts';
import { openPhoneParser, type Phone } from '../message/phone.ts';
import { encodingTitles, formatParts } from '../message/sms.ts';
import { styleFor } from '../output/style.ts';
import { pluralize } from '../output/units.ts';
import { findSendBlocks } from '../services/send-guard.ts';
import { type Finding, finding } from '../services/validate/finding.ts';
import { checkRecipient } from '../services/validate/recipient.ts';
import {
  describeNoSms,
  findValueProblems,
  type KnownTemplate,
  mergeKnownTemplates,
  usesTemplateSms,
} from '../services/validate/template.ts';
import { checkText } from '../services/validate/text.ts';
import { columns, drawFinding } from '../views/findings.ts';
import { isInteractive, printRows } from '../views/rows.ts';
import { type CheckFlags, type CheckRequest, readCheckRequest, routeOf } from './check-request.ts';
import { readOverrides } from './send-request.ts';

/** The note in help. */
export const checkNotes =
  'Sends nothing, and asks the gateway only about templates. A send refuses what a check reports as an error, with the same code. Exits with 2 if there is an error; a text that needs UCS-2 is costly, not an error. The first line of a file names its columns: to (or phone, number, telefono, ...), message, template, from, id; every column is a placeholder value too. Problems are listed row by row, followed by a summary.';

/**
 * Checks what flags describe as a send on `channel` would, or without a channel as any that fits, and prints all findings.
 * @throws Failure `check.wrong` if there is an error
 */
export async function check(
  channel: ChannelName | undefined,
  flags: CheckFlags,
  context: Context,
): Promise<'ok'> {
  const path = atMostOne(flags.file, 'file', '--file');
  const request = await readCheckRequest(channel, path, flags, context);
  if (path !== undefined) {
    const { checkFile } = await import('./check-file.ts');
    return checkFile(path, request, flags, context);
  }
  if (flags.map.length > 0)
    fail('usage', 'map.alone', '--map can only be used with --file', 'add --file PATH');
  const { text, template, rich } = request.input;
  if (text === undefined && template === undefined && rich === undefined && flags.to.length === 0)
    fail('usage', 'check.nothing', 'nothing to check', 'add --message, --to, --template or --file');
  const { findings, message } = await checkMessage(request);
  await print([...findings, ...(await checkRecipients(message, flags, context))], context);
  return 'ok';
}

/** Checks text and template. Returns the message too, if it can be composed. */
async function checkMessage(
  request: CheckRequest,
): Promise<{ findings: Finding[]; message: Message | undefined }> {
  const { input, findTemplate, findRcsTemplate, messageRules } = request;
  const { text, template, variables, rcsTemplate } = input;
  if (
    text === undefined &&
    template === undefined &&
    input.rich === undefined &&
    request.channel === undefined
  )
    return { findings: [], message: undefined };
  const problemsOf = (known: KnownTemplate) => findValueProblems(known, variables, text, messageRules);
  const own =
    rcsTemplate == null || findRcsTemplate === undefined ? undefined : await findRcsTemplate(rcsTemplate);
  const accepts = (one: KnownTemplate) => own !== undefined || problemsOf(one).length === 0;
  const main = template === undefined ? undefined : await findTemplate?.(template, accepts);
  const known = main && own ? mergeKnownTemplates(main, own) : (main ?? own);
  const chain = buildChain(request.channel ?? 'whatsapp', request.fallback);
  const lacksSms = known?.hasSms === false && usesTemplateSms(chain, template, messageRules);
  const problems = known ? [...problemsOf(known), ...(lacksSms ? [describeNoSms(known)] : [])] : [];
  const findings = problems.map((failure) => toFinding('template', template, failure));
  let message: Message | undefined;
  try {
    message = composeMessage({ ...input, ...routeOf(request, text, template, known) }, messageRules);
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    const isAboutText = template === undefined || /^(?:text|placeholder)\.(?!invalid)/.test(cause.code);
    findings.push(isAboutText ? toFinding('message', text, cause) : toFinding('template', template, cause));
  }
  if (message?.template && problems.length === 0) {
    const detail = known?.unchecked ?? `it can be sent on ${describeTemplateChannels(message, known)}`;
    findings.unshift(finding('template', message.template, known?.unchecked ? 'warning' : 'ok', detail));
  }
  if (message?.text != null) findings.unshift(describeText(message.text, text ?? '', message));
  return { findings, message };
}

function toFinding(subject: Finding['subject'], value: string | undefined, failure: Failure): Finding {
  const { message, code } = failure;
  return finding(subject, value ?? '', 'wrong', message, findHint(failure), { code });
}

function describeTemplateChannels({ chain }: Message, known: KnownTemplate | undefined): string {
  const channels = known && known.channels.length > 0 ? known.channels : chain.filter(hasTemplates);
  return channels.map((channel) => channelTitles[channel]).join(' and ');
}

/** Describes a text that can be sent, with its size if SMS is among the channels. */
function describeText(rendered: string, written: string, { chain }: Message): Finding {
  if (chain.includes('sms')) return { ...finding('message', written, 'ok', ''), ...checkText(rendered) };
  return finding('message', written, 'ok', pluralize([...rendered].length, 'character'));
}

async function checkRecipients(
  message: Message | undefined,
  flags: CheckFlags,
  context: Context,
): Promise<Finding[]> {
  if (flags.to.length === 0) return [];
  const read = await openPhoneParser(flags.country ?? context.settings.country);
  const numbers = flags.to.map((given) => {
    try {
      return read(given);
    } catch (cause) {
      if (cause instanceof Failure) return cause;
      throw cause;
    }
  });
  const overrides = readOverrides(flags);
  const plans = numbers
    .filter((number): number is Phone => !(number instanceof Failure))
    .map((to) => ({
      to,
      message: message ?? emptyMessage(['sms']),
      ...(overrides && { overrides }),
    }));
  const ledger = await context.ledgerIfAny();
  const identity = await checkId(flags, plans, message, ledger);
  const blocks = ledger ? await findSendBlocks(plans, ledger, context.clock.now()) : new Map();
  const recipients = numbers.map((number, index) => {
    const plan = plans.find(({ to }) => to === number);
    return checkRecipient(flags.to[index] ?? '', number, plan && blocks.get(plan));
  });
  return [...(await Promise.all(recipients)), ...identity];
}

/** Checks the id of a message: it is for one destination, and not for other content than before. */
async function checkId(
  { id }: CheckFlags,
  plans: readonly { to: Phone }[],
  message: Message | undefined,
  ledger: Ledger | undefined,
): Promise<Finding[]> {
  const [first, ...others] = plans;
  if (id === undefined || first === undefined) return [];
  if (others.length > 0) {
    const detail = `--id cannot be used with ${plans.length} destinations`;
    return [finding('id', id, 'wrong', detail, 'send to one destination at a time', { code: 'id.many' })];
  }
  // Without a message there is nothing to compare.
  if (message === undefined) return [];
  const known = await ledger?.find(id);
  if (known?.plan.id !== id) return [finding('id', id, 'ok', 'not used before')];
  if (isSameSend({ id, to: first.to, message }, known.plan)) {
    const state =
      known.phase === 'queued' ? 'is queued; the send continues it' : 'was sent before; it is not sent again';
    return [finding('id', id, 'warning', `${id} ${state}`)];
  }
  const detail = `${id} was used before for another destination or content`;
  return [finding('id', id, 'wrong', detail, 'use another --id', { code: 'id.reused' })];
}

async function print(findings: readonly Finding[], context: Context): Promise<void> {
  if (isInteractive(context)) {
    const style = await styleFor(context.io.stdout);
    for (const { verdict, subject, value, encoding, parts, left, detail, hint } of findings) {
      const what =
        parts === null || encoding === null
          ? value
          : `${subject}, ${formatParts(parts)} in ${encodingTitles[encoding]}, room for ${left} more`;
      context.out(drawFinding(verdict, what, [verdict === 'ok' ? null : detail, hint], style));
    }
  } else await printRows(columns, findings, context);
  const wrong = findings.filter(({ verdict }) => verdict === 'wrong').length;
  if (wrong > 0) fail('usage', 'check.wrong', `${pluralize(wrong, 'error')}; a send would be refused`);
}
