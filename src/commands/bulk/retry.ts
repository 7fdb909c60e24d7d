import { findPhoneNumberId } from '../../actions/account-ids.ts';
import { approveMore, approveThese, requireConfirmation } from '../../actions/approve-bulk.ts';
import { bulkOperand, findBulk } from '../../actions/find-bulk.ts';
import { readOptOuts } from '../../actions/read-inbox.ts';
import { runBulk } from '../../actions/run-bulk.ts';
import { readOverrides } from '../../actions/send-request.ts';
import { command } from '../../app/command.ts';
import type { Context } from '../../app/context.ts';
import { repeatFlags } from '../../app/repeat-flags.ts';
import { type ExitKind, fail } from '../../errors.ts';
import type { Values } from '../../input/flag.ts';
import {
  failedStatus,
  force,
  ignoreWindow,
  overrideOptOut,
  retryConcurrency,
  retryName,
  retryRate,
  timeout,
  wait,
  watch,
  yes,
} from '../../input/flags.ts';
import { type Bulk, bulkId } from '../../message/bulk.ts';
import { failedStatuses } from '../../message/event.ts';
import type { Message } from '../../message/message.ts';
import { findMismatches, type MessageProblem } from '../../message/rules.ts';
import { formatNumber, pluralize } from '../../output/units.ts';
import { summarizeBulk } from '../../services/bulk/report.ts';
import { type FailedRows, makeRetry } from '../../services/bulk/retry.ts';
import { deliveryColumns } from '../../views/delivery-columns.ts';
import { printRows } from '../../views/rows.ts';

const flags = {
  status: failedStatus,
  rate: retryRate,
  concurrency: retryConcurrency,
  name: retryName,
  overrideOptOut,
  ignoreWindow,
  force,
  wait,
  watch,
  timeout,
  yes,
};

type FlagValues = Values<typeof flags>;

export default command({
  flags,
  operands: bulkOperand,
  columns: deliveryColumns,
  examples: [
    ['Send the failed messages again', 'bulk retry 0193b2c4-7f1e-7c3a-9d2b-000000000000 --yes'],
    [
      'Send only the expired ones, more slowly',
      'bulk retry 0193b2c4-7f1e-7c3a-9d2b-000000000000 --status expired --rate 5/s',
    ],
  ],
  notes:
    'Creates a new bulk, with new ids, from the messages that were rejected, undelivered or expired. Messages in an earlier retry of the same bulk are not sent again: running the command twice resumes the interrupted retry. To retry a retry, name that bulk. People who opted out are left out unless --override-opt-out is given again.',
  async run(values, context, [id = '']) {
    const bulk = await findBulk(id, context);
    requireConfirmation(values, context);
    context.setStopResult('nothing was sent');
    await context.deps();
    await readOptOuts(context);
    const { created, found } = await createRetry(bulk, values, context);
    if (created === undefined) return resumeEarlier(bulk, found, values, context);
    return created.isNew
      ? sendNew(bulk, created.bulk, found, values, context)
      : sendMore(created.bulk, values, context);
  },
});

/** Creates the new bulk and shows progress. */
async function createRetry(bulk: Bulk, values: FlagValues, context: Context) {
  const { status, rate, concurrency, name } = values;
  const overrides = readOverrides(values);
  const { clock, notices } = context;
  const ledger = await context.ledger();
  const spec = {
    id: bulkId(context.newId()),
    name: name ?? null,
    source: `bulk ${bulk.id}${bulk.name ? ` (${bulk.name})` : ''}`,
    createdAt: clock.now(),
    rate: rate ?? bulk.rate,
    concurrency: concurrency ?? bulk.concurrency,
    ...(overrides !== undefined && { overrides }),
  };
  const statuses = status.length > 0 ? status : failedStatuses;
  const steps = makeRetry(bulk, statuses, spec, await openPreparation(bulk, context), ledger);
  let found: FailedRows | undefined;
  try {
    for (;;) {
      const step = await steps.next();
      if (step.done) return { created: step.value, found };
      found = step.value;
      clock.checkpoint();
      notices.startSpinner(`finding failed messages: ${formatNumber(found.failed)}`);
    }
  } finally {
    notices.stopSpinner();
    await steps.return(undefined);
  }
}

/**
 * Returns a function that prepares a failed message for another try: it takes from the profile what the message lacks, which
 * may have been recorded for another dialect, and drops a time that has come.
 * @throws Failure of kind `usage` where the gateway cannot take it
 */
async function openPreparation({ common }: Bulk, context: Context): Promise<(message: Message) => Message> {
  const { settings, clock } = context;
  const rules = await context.messageRules();
  const isOnWhatsapp = common.chain[0] === 'whatsapp' && rules.carries.has('phoneNumberId');
  const number = common.phoneNumberId ?? settings.phoneNumberId;
  const phoneNumberId =
    isOnWhatsapp && number === undefined ? await findPhoneNumberId(context) : settings.phoneNumberId;
  return (message) => {
    const { chain, sender, agentId, scheduledAt } = message;
    const isPast = scheduledAt != null && scheduledAt <= clock.now();
    const planned: Message = isPast ? { ...message, scheduledAt: null } : message;
    if (findMismatches(planned, rules).length === 0) return planned;
    const prepared: Message = {
      ...planned,
      ...(chain.includes('sms') && { sender: sender ?? settings.from ?? null }),
      ...(chain.includes('rcs') &&
        rules.carries.has('agentId') && { agentId: agentId ?? settings.agentId ?? null }),
      ...(isOnWhatsapp && { phoneNumberId: message.phoneNumberId ?? phoneNumberId ?? null }),
    };
    const [problem] = findMismatches(prepared, rules);
    if (problem !== undefined) refuseMismatch(problem);
    return prepared;
  };
}

/** The setting that mends each mismatch, with a placeholder for its value. */
const mendingSettings: Readonly<Record<string, string>> = {
  'sender.missing': 'from NAME',
  'agent.missing': 'agentId N',
  'phone-number.missing': 'phoneNumberId ID',
};

function refuseMismatch({ code, reason }: MessageProblem): never {
  const setting = mendingSettings[code];
  return fail(
    'usage',
    code,
    `the messages were recorded for another dialect: ${reason}`,
    setting ? `\`qlara profile set ${setting}\`` : 'send the file again, as a new bulk',
  );
}

async function sendNew(
  bulk: Bulk,
  retry: Bulk,
  found: FailedRows | undefined,
  values: FlagValues,
  context: Context,
): Promise<ExitKind> {
  const { bulks } = await context.ledger();
  const before = found?.before ?? 0;
  const unwanted = found?.unwanted ?? 0;
  const left = [
    ...(before > 0 ? [`${formatNumber(before)} in an earlier retry`] : []),
    ...(unwanted > 0
      ? [
          `${formatNumber(unwanted)} that opted out or ${unwanted === 1 ? 'is' : 'are'} outside the 24-hour window`,
        ]
      : []),
  ];
  let isApproved = false;
  try {
    isApproved = await approveThese(
      retry,
      found ?? { parts: 0, gsm7: 0, ucs2: 0 },
      { left },
      !values.yes,
      context,
    );
  } finally {
    // Also after Ctrl-C at the prompt: a bulk that was not approved must not stay in the ledger.
    if (!isApproved) await bulks.drop(retry.id);
  }
  if (isApproved) return runBulk(retry, values, context);
  context.notices.info(`nothing was sent; bulk ${bulk.id} is unchanged`);
  return 'declined';
}

/** Resumes an earlier retry that is not done, if there are no new failed messages; else says why nothing is sent. */
async function resumeEarlier(
  bulk: Bulk,
  found: FailedRows | undefined,
  values: FlagValues,
  context: Context,
): Promise<ExitKind> {
  const { bulks } = await context.ledger();
  const earlier = (await bulks.list()).filter(({ retryOf }) => retryOf === bulk.id);
  if (found === undefined || found.failed === 0) {
    const { status } = values;
    context.notices.info(
      `no message of bulk ${bulk.id} ${status.length > 0 ? `is ${status.join(' or ')}` : 'has failed'}; nothing was sent`,
    );
    return printNothing(context);
  }
  for (const one of earlier) {
    if ((await summarizeBulk(one, bulks)).state === 'done') continue;
    context.notices.info(
      `all ${pluralize(found.failed, 'failed message')} are in a retry that is not done yet:`,
    );
    return sendMore(one, values, context);
  }
  if (found.unwanted > 0)
    fail(
      'usage',
      'destination.opted-out',
      `no message left to send: of ${pluralize(found.failed, 'failed message')}, ${describeUnwanted(found.unwanted)}`,
      `\`qlara optout list${repeatFlags(context)}\` lists the opt-outs; --override-opt-out REASON sends anyway`,
    );
  const [latest] = earlier;
  const all =
    found.failed === 1 ? 'the 1 failed message was' : `all ${pluralize(found.failed, 'failed message')} were`;
  context.notices.info(
    `${all} retried before, in bulk ${earlier.map(({ id }) => id).join(', ')}; nothing was sent`,
  );
  if (latest)
    context.notices.info(
      `\`qlara bulk retry ${latest.id}${repeatFlags(context)}\` retries those that failed again`,
    );
  return printNothing(context);
}

/** Says why messages are left out, as the end of a sentence about failed messages. */
function describeUnwanted(count: number): string {
  return count === 1
    ? '1 is left out: its recipient opted out or is outside the 24-hour window'
    : `${formatNumber(count)} are left out: their recipients opted out or are outside the 24-hour window`;
}

async function sendMore(retry: Bulk, values: FlagValues, context: Context): Promise<ExitKind> {
  const { bulks } = await context.ledger();
  if (await approveMore(retry, await bulks.counts(retry.id), !values.yes, context))
    return runBulk(retry, values, context);
  context.notices.info('nothing was sent');
  return 'declined';
}

/** Prints an empty result in the format that a script asked for. */
async function printNothing(context: Context): Promise<ExitKind> {
  if (context.settings.format !== 'table') await printRows(deliveryColumns, [], context);
  return 'ok';
}
