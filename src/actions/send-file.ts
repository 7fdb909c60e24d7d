import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { type ExitKind, fail } from '../errors.ts';
import { type RowFieldName, rowFields } from '../input/rows/columns.ts';
import { openRows } from '../input/rows/open.ts';
import type { Sheet } from '../input/rows/row.ts';
import { openFile } from '../input/rows/source.ts';
import { atMostOne, readMessageText, readVariables } from '../input/text.ts';
import { type Bulk, bulkId } from '../message/bulk.ts';
import { buildChain, type ChannelName } from '../message/channels/channel.ts';
import type { MessageInput } from '../message/message.ts';
import { openPhoneParser } from '../message/phone.ts';
import { findPlaceholders } from '../message/placeholders.ts';
import { pickColumns } from '../output/columns.ts';
import { pluralize } from '../output/units.ts';
import { type ImportOptions, type ImportTally, importRows } from '../services/bulk/import.ts';
import { deliveryColumns } from '../views/delivery-columns.ts';
import { showDryRun } from '../views/dry-run.ts';
import { approve, approveMore } from './approve-bulk.ts';
import { requireConfirmation } from './confirm.ts';
import { importBulk, rejectOnAbort } from './import-bulk.ts';
import { runBulk } from './run-bulk.ts';
import type { ContentFlags, SendFlags } from './send-options.ts';

/** Sends each row of a file as a message: records all of them, asks, and then sends. */
export async function sendFile(
  channel: ChannelName,
  path: string,
  values: SendFlags & ContentFlags,
  context: Context,
): Promise<ExitKind> {
  refuseContradictions(path, values, context);
  const { settings, io, notices } = context;
  const { message = [], template = [], fallback = false } = values;
  const given = {
    channel,
    fallback,
    text: await readMessageText(message, io),
    template: atMostOne(template, 'template', '--template'),
    variables: await readVariables(values.variables, values.variablesFile, io),
    sender: values.from ?? settings.from,
    simulation: values.simulate,
    wanted: undefined,
  };
  const said: RowFieldName[] = [
    ...(given.text === undefined ? [] : (['message'] as const)),
    ...(given.template === undefined ? [] : (['template'] as const)),
    ...(values.from === undefined ? [] : (['from'] as const)),
  ];
  const reading = {
    given,
    said,
    mappings: values.map,
    phone: await openPhoneParser(values.country ?? settings.country),
    allowDuplicates: values.allowDuplicates,
    skipInvalid: values.skipInvalid,
  };
  const order = {
    id: bulkId(context.newId()),
    name: values.name ?? null,
    source: path === '-' ? 'standard input' : path,
    createdAt: context.clock.now(),
    retryOf: null,
    rate: values.rate ?? null,
    concurrency: values.concurrency,
    ...(values.force !== undefined && { overrideReason: values.force }),
  };
  context.setResumeHint('nothing was sent');
  const { name, chunks } = openFile(path, io);
  const sheet = await Promise.race([openRows(chunks, name), rejectOnAbort(context)]);
  tellUnused(said, sheet, context);
  if (!values.dryRun) await context.deps();
  const wanted = await wantedOf(given, sheet, reading, values.check ?? false, context);
  const ledger = await context.ledger();
  const batches = importRows(sheet, order, { ...reading, given: { ...given, wanted } }, ledger);
  const made = await importBulk(batches, sheet, values.skipInvalid, context);
  if (!('bulk' in made)) {
    notices.info(`note: all messages of ${name} were handed over before, under their ids; nothing is sent`);
    return endOfKnown(made, context);
  }
  const { isNew, rejects } = made;
  // What is asked for now holds, though the bulk may have been made before.
  const bulk = { ...made.bulk, rate: values.rate ?? made.bulk.rate, concurrency: values.concurrency };
  if (!isNew || values.dryRun) rejects.drop();
  let goes = false;
  try {
    if (values.dryRun) await showFirst(bulk, context);
    else
      goes = isNew
        ? await approve(bulk, made, !values.yes, context)
        : await approveAgain(bulk, values, context);
  } finally {
    // Also where the answer is Ctrl-C.
    if (!goes && isNew) await ledger.bulks.drop(bulk.id);
  }
  if (goes) {
    const end = await runBulk(bulk, values, context);
    return end === 'ok' || end === 'failed' ? worse(end, endOfKnown(made.tally, context)) : end;
  }
  if (!values.dryRun) notices.info('nothing was sent');
  return 'ok';
}

/** How the run ends for rows that were handed over before: as those messages stand. @throws Failure `send.in-doubt` */
function endOfKnown({ knownInDoubt, knownFailed }: ImportTally, context: Context): ExitKind {
  if (knownInDoubt > 0)
    fail(
      'doubt',
      'send.in-doubt',
      `${pluralize(knownInDoubt, 'message')} that ${knownInDoubt === 1 ? 'was' : 'were'} handed over before may have been sent, and there is no proof either way`,
      `\`qlara status --status in-doubt${repeatFlags(context)}\` lists and asks about them`,
    );
  return knownFailed > 0 ? 'failed' : 'ok';
}

function worse(one: ExitKind, other: ExitKind): ExitKind {
  return one === 'ok' ? other : one;
}

/**
 * The placeholders of a template that is the same for all rows, held against the columns there are. Undefined where
 * there is none, or nobody knows.
 */
async function wantedOf(
  { template, channel, fallback, text, variables }: Omit<MessageInput, 'simulation'>,
  sheet: Sheet,
  { mappings, said }: Pick<ImportOptions, 'mappings' | 'said'>,
  checks: boolean,
  context: Context,
): Promise<ReadonlySet<string> | undefined> {
  if (template === undefined || !checks) return undefined;
  const columns = rowFields(sheet, mappings, said).variables.map(([name]) => name);
  const given = Object.fromEntries(columns.map((name) => [name, '']));
  const message = { chain: buildChain(channel, fallback), variables: { ...given, ...variables } };
  // A file may have columns that nothing asks for.
  const elsewhere = new Set([...columns, ...findPlaceholders(text ?? '')]);
  const { checkTemplate } = await import('./template-check.ts');
  return checkTemplate(template, message, elsewhere, context);
}

/** Shows what would be done with the first rows. */
async function showFirst({ id, rows }: Bulk, context: Context): Promise<void> {
  const forScripts = context.settings.format === 'json' || context.settings.format === 'ndjson';
  const most = forScripts ? 500 : 3;
  const { bulks } = await context.ledger();
  for await (const page of bulks.deliveries(id)) {
    const first = page.slice(0, most).map(({ plan }) => plan);
    if (rows > first.length) context.notices.info(`the first ${first.length} of ${rows} messages:`);
    await showDryRun(first, context);
    return;
  }
}

/** The same rows were told before: what is left of them is sent, and nothing a second time. */
async function approveAgain(bulk: Bulk, { yes, force }: SendFlags, context: Context): Promise<boolean> {
  const counts = await (await context.ledger()).bulks.counts(bulk.id);
  if (force !== undefined && bulk.overrideReason === undefined)
    context.notices.info('note: these rows were made a bulk without --force: who had opted out is not in it');
  if (counts.some(({ status }) => status === 'queued' || status === 'unknown')) {
    if (bulk.overrideReason !== undefined && force === undefined)
      fail(
        'usage',
        'bulk.forced',
        `these rows are bulk ${bulk.id}, which was made with --force (${bulk.overrideReason})`,
        `\`qlara bulk resume ${bulk.id}${repeatFlags(context)}\` goes on with it`,
      );
    return approveMore(bulk, counts, !yes, context);
  }
  context.notices.info(
    `note: these rows were sent before, as bulk ${bulk.id}; they are not sent again (another --name would)`,
  );
  return true;
}

/** Columns that the line leaves without a use, for it says the same of all rows. */
function tellUnused(said: readonly RowFieldName[], { columns }: Sheet, { notices }: Context): void {
  for (const field of said)
    if (columns.some((column) => column.toLowerCase() === field))
      notices.info(`note: the column ${field} is not used: --${field} holds for all rows`);
}

function refuseContradictions(path: string, values: SendFlags & ContentFlags, context: Context): void {
  pickColumns(deliveryColumns, context.settings.columns);
  const refuse = (code: string, message: string, hint: string) => fail('usage', code, message, hint);
  if (values.to.length > 0) refuse('to.twice', 'both --file and --to say where to send', 'use one of them');
  if (values.id !== undefined)
    refuse('id.many', 'one --id cannot stand for the rows of a file', 'give the file a column `id`');
  if (path === '-' && (values.message?.includes('-') || values.variablesFile === '-'))
    refuse('stdin.twice', 'standard input cannot be read twice', 'use a file for one of them');
  if (!values.dryRun) requireConfirmation(values, context);
}
