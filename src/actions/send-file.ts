import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { type ExitKind, fail } from '../errors.ts';
import { rowFields } from '../input/rows/columns.ts';
import { openRows } from '../input/rows/open.ts';
import type { Sheet } from '../input/rows/row.ts';
import { openFile } from '../input/rows/source.ts';
import { type Bulk, bulkId } from '../message/bulk.ts';
import { buildChain, type TemplateChannel } from '../message/channels/channel.ts';
import { openPhoneParser } from '../message/phone.ts';
import { matchName } from '../message/placeholders.ts';
import type { Instant } from '../message/time.ts';
import { pickColumns } from '../output/columns.ts';
import { isJsonFormat } from '../output/formats/format.ts';
import { formatMinute, pluralize } from '../output/units.ts';
import { type ImportOptions, type ImportTally, importRows } from '../services/bulk/import.ts';
import { describeMissing } from '../services/validate/columns.ts';
import type { RowRules } from '../services/validate/row-validator.ts';
import { type KnownTemplate, usesTemplateSms } from '../services/validate/template.ts';
import { deliveryColumns } from '../views/delivery-columns.ts';
import { showDryRun } from '../views/dry-run.ts';
import { describeOverrides } from '../views/opt-outs.ts';
import { approve, approveMore, requireConfirmation } from './approve-bulk.ts';
import { checkLine } from './command-line.ts';
import { noteUnusedColumns } from './common-fields.ts';
import type { CompleteDraft } from './draft.ts';
import { importBulk, rejectOnAbort } from './import-bulk.ts';
import { runBulk } from './run-bulk.ts';
import type { FileRecipients, SendOptions, SendRequest } from './send-request.ts';

/**
 * Sends each row of a file as a message: records all of them, asks for confirmation, and sends. `draft` holds the flags of
 * the request, for the commands in hints.
 */
export async function sendFile(
  request: SendRequest,
  recipients: FileRecipients,
  draft: CompleteDraft,
  context: Context,
): Promise<ExitKind> {
  const { input, options } = request;
  const { path, rate, concurrency } = recipients;
  const { notices } = context;
  pickColumns(deliveryColumns, context.settings.columns);
  if (!options.dryRun) requireConfirmation(options, context);
  const spec = {
    id: bulkId(context.newId()),
    name: recipients.name,
    source: path === '-' ? 'standard input' : path,
    createdAt: context.clock.now(),
    retryOf: null,
    rate,
    concurrency,
    ...(options.overrides !== undefined && { overrides: options.overrides }),
  };
  context.setStopResult('nothing was sent');
  const { name, chunks } = openFile(path, context.io);
  const sheet = await Promise.race([openRows(chunks, name), rejectOnAbort(context)]);
  const messageRules = await context.messageRules();
  noteUnusedColumns(recipients.commonFields, sheet.columns, messageRules, notices);
  if (!options.dryRun) await context.deps();
  const { channel, fallback } = input;
  const fields = rowFields(sheet, recipients.mappings, recipients.commonFields);
  const { addPhoneNumberId } = await import('./account-ids.ts');
  const whole = await addPhoneNumberId(input, channel, fields, context);
  if (
    input.text !== undefined &&
    usesTemplateSms(buildChain(channel, fallback), input.template, messageRules)
  )
    notices.info((await import('./template-source.ts')).templateSmsNote);
  // The gateway groups the messages of a bulk, under its label or its id.
  const campaign = input.campaign ?? spec.name ?? spec.id;
  const rules: RowRules = {
    input: messageRules.carries.has('campaign') ? { ...whole, campaign } : whole,
    route: () => ({ channel, fallback }),
    messageRules,
    parsePhone: await openPhoneParser(recipients.country),
    ...(await openRowTemplates(request, recipients, sheet, context)),
    needsContent: true,
    allowDuplicates: recipients.allowDuplicates,
  };
  const reading: ImportOptions = {
    rules,
    channel,
    fallback,
    mappings: recipients.mappings,
    commonFields: recipients.commonFields,
    skipInvalid: recipients.skipInvalid,
    async refreshOptOuts() {
      if (options.dryRun) return;
      const { readOptOuts } = await import('./read-inbox.ts');
      await readOptOuts(context);
    },
  };
  const ledger = await context.ledger();
  const batches = importRows(sheet, spec, reading, ledger);
  const imported = await importBulk(
    batches,
    sheet,
    recipients.skipInvalid,
    { checking: `\`${checkLine(draft)}\``, keepsRejects: !options.dryRun },
    context,
  );
  if (!('bulk' in imported)) {
    notices.info(`note: all messages of ${name} were sent before under the same ids; nothing is sent`);
    return exitKindForKnown(imported, context);
  }
  const { isNew, rejects } = imported;
  // Rate and concurrency of this run apply, even if the bulk is an earlier one.
  const bulk = { ...imported.bulk, rate: rate ?? imported.bulk.rate, concurrency };
  if (!isNew || options.dryRun) rejects.drop();
  let isApproved = false;
  try {
    if (options.dryRun) {
      if (!isNew)
        notices.info(
          `note: these rows were sent before, as bulk ${bulk.id}; a send would not send them again`,
        );
      await approve(bulk, imported, false, context);
      await showFirst(bulk, context);
    } else
      isApproved = isNew
        ? await approve(bulk, imported, !options.yes, context)
        : await approveAgain(bulk, options, input.scheduledAt, context);
  } finally {
    // Also after Ctrl-C at the prompt.
    if (!isApproved && isNew) await ledger.bulks.drop(bulk.id);
  }
  if (isApproved) {
    const end = await runBulk(bulk, options, context);
    return end === 'ok' || end === 'failed' ? worse(end, exitKindForKnown(imported.tally, context)) : end;
  }
  if (options.dryRun) return 'ok';
  notices.info('nothing was sent');
  return 'declined';
}

/** Returns the exit kind for rows that an earlier run sent. @throws Failure `send.in-doubt` */
function exitKindForKnown({ knownInDoubt, knownFailed }: ImportTally, context: Context): ExitKind {
  if (knownInDoubt > 0)
    fail(
      'doubt',
      'send.in-doubt',
      `${pluralize(knownInDoubt, 'message')} of an earlier run may have been sent; there is no proof either way`,
      `\`qlara status --status in-doubt${repeatFlags(context)}\` asks the gateway about them`,
    );
  return knownFailed > 0 ? 'failed' : 'ok';
}

function worse(one: ExitKind, other: ExitKind): ExitKind {
  return one === 'ok' ? other : one;
}

/**
 * Returns the lookup of templates; undefined where there are none or they are not to be checked. A template that is the
 * same for all rows is looked up first, so that a row is not blamed for it.
 * @throws Failure `template.unknown`, `template.not-approved`, `placeholder.missing`
 */
async function openRowTemplates(
  { input: { channel, fallback, template, rcsTemplate, variables }, options }: SendRequest,
  { mappings, commonFields }: FileRecipients,
  sheet: Sheet,
  context: Context,
): Promise<Pick<RowRules, 'findTemplate' | 'findRcsTemplate'>> {
  const fields = rowFields(sheet, mappings, commonFields);
  const isNamed = [template, rcsTemplate, fields.template, fields.rcsTemplate].some((one) => one != null);
  if (!options.checksTemplate || !isNamed) return { findTemplate: undefined };
  const { findTemplateChannels, openTemplates } = await import('./template-source.ts');
  const channels = findTemplateChannels(buildChain(channel, fallback), await context.messageRules());
  const open = (some: readonly TemplateChannel[]) =>
    some.length > 0 ? openTemplates(some, false, context) : undefined;
  const [find, findRcsTemplate] = [open(channels.main), open(channels.rcs)];
  const lookups = { findTemplate: find, findRcsTemplate };
  // The rows are checked against both templates of a chain.
  if (template === undefined || find === undefined || findRcsTemplate !== undefined) return lookups;
  const given = [...fields.named.map(([name]) => name), ...Object.keys(variables)];
  const hasValues = ({ needed }: KnownTemplate) =>
    needed.every((name) => matchName(name, given).length === 1);
  const { problems, needed } = await find(template, hasValues);
  if (problems[0]) throw problems[0];
  const missing = needed.find((name) => matchName(name, given).length !== 1);
  if (missing !== undefined) throw describeMissing(missing, `template ${template}`, fields);
  return lookups;
}

/** Shows the dry run of the first rows. */
async function showFirst({ id, rows }: Bulk, context: Context): Promise<void> {
  const maxShown = isJsonFormat(context.settings.format) ? 500 : 3;
  const { bulks } = await context.ledger();
  for await (const page of bulks.deliveries(id)) {
    const first = page.slice(0, maxShown).map(({ plan }) => plan);
    if (rows > first.length) context.notices.info(`the first ${first.length} of ${rows} messages:`);
    await showDryRun(first, context);
    return;
  }
}

/** Resumes the bulk of the same rows: sends the rest of it, and nothing a second time. */
async function approveAgain(
  bulk: Bulk,
  { yes, overrides }: SendOptions,
  scheduledAt: Instant | null | undefined,
  context: Context,
): Promise<boolean> {
  const counts = await (await context.ledger()).bulks.counts(bulk.id);
  if (overrides !== undefined && bulk.overrides === undefined)
    context.notices.info(
      'note: this bulk was created without an override, so recipients who had opted out are not in it',
    );
  if (counts.some(({ status }) => status === 'queued' || status === 'unknown')) {
    if (bulk.overrides !== undefined && overrides === undefined)
      fail(
        'usage',
        'bulk.forced',
        `these rows are bulk ${bulk.id}, which overrides blocks: ${describeOverrides(bulk.overrides).join(', ')}`,
        `\`qlara bulk resume ${bulk.id}${repeatFlags(context)}\` resumes it`,
      );
    refuseOtherTime(bulk, scheduledAt, context);
    return approveMore(bulk, counts, !yes, context);
  }
  context.notices.info(
    `note: these rows were sent before, as bulk ${bulk.id}; they are not sent again (another --name would)`,
  );
  return true;
}

/**
 * Refuses to send the rest of a bulk at once where a later time is asked for: its rows keep the time with which they were
 * recorded, and that has come. Where it has not come yet, notes it.
 * @throws Failure `bulk.planned`
 */
function refuseOtherTime(
  { id, common }: Bulk,
  scheduledAt: Instant | null | undefined,
  context: Context,
): void {
  const recorded = common.scheduledAt ?? null;
  if (scheduledAt == null || scheduledAt === recorded) return;
  const time = recorded === null ? 'without a time' : `planned for ${formatMinute(recorded)}`;
  if (recorded !== null && recorded > context.clock.now()) {
    context.notices.info(`note: these rows are bulk ${id}, ${time}; the rest keeps that time`);
    return;
  }
  fail(
    'usage',
    'bulk.planned',
    `these rows are bulk ${id}, ${time}: the rest would be sent at once`,
    `\`qlara bulk resume ${id}${repeatFlags(context)}\` sends it now; another --name sends all rows at the new time`,
  );
}
