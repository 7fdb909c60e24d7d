import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import type { Bulk, StatusCount } from '../message/bulk.ts';
import { describeChain } from '../message/channels/channel.ts';
import type { Plan } from '../message/message.ts';
import { minDurationMs } from '../message/rate-limit.ts';
import { clean } from '../output/clean.ts';
import { styleFor } from '../output/style.ts';
import { formatDuration, formatMinute, formatNumber, pluralize, sumCounts } from '../output/units.ts';
import { shorten } from '../output/width.ts';
import type { ImportTally } from '../services/bulk/import.ts';
import { describeOverrides } from '../views/opt-outs.ts';
import { canPrompt } from './can-prompt.ts';
import type { ImportedBulk } from './import-bulk.ts';
import { rateLimits } from './limits.ts';

/** Prints what would be sent, and asks for confirmation if `asks`. Resolves to true if approved. */
export async function approve(
  bulk: Bulk,
  { tally, rejects: { path: rejects }, leftOut }: Pick<ImportedBulk, 'tally' | 'rejects' | 'leftOut'>,
  asks: boolean,
  context: Context,
): Promise<boolean> {
  const left = [
    ...(tally.doubles > 0
      ? [
          `${pluralize(tally.doubles, 'duplicate')} (--allow-duplicates sends ${tally.doubles === 1 ? 'it' : 'them'})`,
        ]
      : []),
    ...(tally.invalid > 0
      ? [`${pluralize(tally.invalid, 'invalid row')}${rejects ? `, written to ${rejects}` : ''}`]
      : []),
    ...(tally.known > 0 ? [`${formatNumber(tally.known)} with an id used before`] : []),
  ];
  const warnings = [
    ...(tally.landlines > 0
      ? [`${pluralize(tally.landlines, 'landline')}; messages go to mobile phones`]
      : []),
    ...(tally.empty > 0
      ? [`${pluralize(tally.empty, 'placeholder value')} ${tally.empty === 1 ? 'is' : 'are'} empty`]
      : []),
  ];
  const facts = leftOut.facts(tally, bulk, rejects);
  // The summary is not printed in quiet mode, but rows are never left out in silence.
  if (context.settings.quiet) {
    for (const one of left) context.notices.problem(`left out: ${one}`);
    for (const [label, text] of facts) context.notices.problem(`${label}: ${text}`);
  }
  return approveThese(bulk, tally, { left, facts, warnings }, asks, context);
}

/** Details of the messages to send. */
interface BulkDetails {
  /** Rows that are left out, and why. */
  left: readonly string[];
  facts?: readonly (readonly [label: string, text: string])[];
  warnings?: readonly string[];
}

/** Like `approve`, for messages of any source. */
export async function approveThese(
  bulk: Bulk,
  sms: Pick<ImportTally, 'parts' | 'gsm7' | 'ucs2'>,
  { left, facts = [], warnings = [] }: BulkDetails,
  asks: boolean,
  context: Context,
): Promise<boolean> {
  const { notices, io } = context;
  const example = await findFirstPlan(bulk, context);
  const channels = describeChain(bulk.common.chain);
  const simulated = bulk.common.simulation ? ', simulated' : '';
  notices.info(
    `${pluralize(bulk.rows, 'message')} by ${channels}${simulated}, from ${bulk.source}${bulk.name ? ` (${bulk.name})` : ''}`,
  );
  const fact = (label: string, text: string) => notices.info(`  ${label.padEnd(10)} ${text}`);
  if (sms.parts > 0) fact('as SMS', `${pluralize(sms.parts, 'part')}, ${formatEncodings(sms)}`);
  for (const one of left) fact('left out', one);
  for (const [label, text] of facts) fact(label, text);
  for (const one of warnings) fact('warning', one);
  const { scheduledAt } = bulk.common;
  if (scheduledAt != null) fact('planned', `${formatMinute(scheduledAt)}; the gateway cannot cancel it`);
  fact('time', timeText(bulk, context));
  if (example) {
    const { more } = (await styleFor(io.stderr)).symbols;
    fact('example', shorten(clean(describePlan(example)), Math.max(io.stderr.columns - 14, 24), more));
  }
  if (!asks) return true;
  const ask = await context.ask();
  return ask.confirm(bulk.rows === 1 ? 'Send it?' : `Send these ${pluralize(bulk.rows, 'message')}?`);
}

function formatEncodings({ gsm7, ucs2 }: Pick<ImportTally, 'gsm7' | 'ucs2'>): string {
  if (ucs2 === 0) return 'all in GSM-7';
  return gsm7 === 0 ? 'all in UCS-2' : `${pluralize(gsm7, 'text')} in GSM-7, ${formatNumber(ucs2)} in UCS-2`;
}

function timeText(bulk: Bulk, context: Context): string {
  const limits = rateLimits(bulk, context);
  if (limits === null) return 'no rate limit in the sandbox';
  const rate = bulk.rate ?? context.settings.rate;
  const shownRate = rate === undefined ? 'the documented rate' : `${Number(rate.toFixed(1))} per second`;
  const time = minDurationMs(bulk.rows, limits);
  return time < 1_000
    ? `less than a second at ${shownRate}`
    : `at least ${formatDuration(time)} at ${shownRate}`;
}

/** Prints the progress of a bulk to resume, and asks for confirmation if `asks`. Resolves to true if approved. */
export async function approveMore(
  bulk: Bulk,
  counts: readonly StatusCount[],
  asks: boolean,
  context: Context,
): Promise<boolean> {
  const queued = sumCounts(counts.filter(({ status }) => status === 'queued'));
  const doubt = sumCounts(counts.filter(({ status }) => status === 'unknown'));
  context.notices.info(
    `bulk ${bulk.id}${bulk.name ? ` (${bulk.name})` : ''} of ${formatMinute(bulk.createdAt)}: ${pluralize(bulk.rows, 'message')}, ${formatNumber(queued)} not sent yet${doubt > 0 ? `, ${formatNumber(doubt)} in doubt` : ''}`,
  );
  for (const line of describeOverrides(bulk.overrides)) context.notices.info(`  ${line}`);
  const { scheduledAt } = bulk.common;
  if (scheduledAt != null) {
    const hasCome = scheduledAt <= context.clock.now();
    context.notices.info(
      `  planned for ${formatMinute(scheduledAt)}${hasCome ? ', which has come: the rest is sent at once' : ''}`,
    );
  }
  if (!asks) return true;
  return (await context.ask()).confirm('Resume it?');
}

async function findFirstPlan({ id }: Bulk, context: Context): Promise<Plan | undefined> {
  const ledger = await context.ledger();
  for await (const [first] of ledger.bulks.deliveries(id)) return first?.plan;
  return undefined;
}

function describePlan({ to, message: { text, template, variables } }: Plan): string {
  const values = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  const parts = [
    ...(template === null
      ? []
      : [`template ${template}${values.length > 0 ? ` with ${values.join(', ')}` : ''}`]),
    ...(text === null ? [] : [text]),
  ];
  return `${to}: ${parts.join(' / ')}`;
}

/** Makes sure that a bulk can be confirmed. @throws Failure `yes.missing` without --yes and without a terminal */
export function requireConfirmation({ yes }: { yes: boolean }, context: Context): void {
  if (yes || canPrompt(context)) return;
  fail(
    'usage',
    'yes.missing',
    'sending a bulk needs confirmation, and there is no terminal to ask',
    'add --yes',
  );
}
