import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import { destinationPlace, type RowFields, rowFields } from '../input/rows/columns.ts';
import { openRows } from '../input/rows/open.ts';
import type { Sheet } from '../input/rows/row.ts';
import { openFile } from '../input/rows/source.ts';
import type { BulkRow } from '../message/bulk.ts';
import { openPhoneParser } from '../message/phone.ts';
import { styleFor } from '../output/style.ts';
import { formatNumber, pluralize } from '../output/units.ts';
import { findSendBlocks, type SendBlock } from '../services/send-guard.ts';
import type { Finding } from '../services/validate/finding.ts';
import { RowFindings } from '../services/validate/row-findings.ts';
import { type RowRules, RowValidator } from '../services/validate/row-validator.ts';
import { Totals } from '../services/validate/totals.ts';
import { columns, drawFinding } from '../views/findings.ts';
import { isInteractive } from '../views/rows.ts';
import { streamRows } from '../views/rows-stream.ts';
import { addPhoneNumberId } from './account-ids.ts';
import { type CheckFlags, type CheckRequest, routeOf } from './check-request.ts';
import { listCommonFields } from './common-fields.ts';
import { readOverrides } from './send-request.ts';

/** Maximum number of findings drawn on a terminal. */
const maxDrawn = 50;

/**
 * Checks every row of a file as a send would. Prints findings as they are found, so that only one batch is in memory, and
 * then the summary.
 * @throws Failure `check.wrong`, `file.*`
 */
export async function checkFile(
  path: string,
  request: CheckRequest,
  flags: CheckFlags,
  context: Context,
): Promise<'ok'> {
  if (flags.to.length > 0)
    fail('usage', 'check.both', '--file and --to cannot be used together', 'run the command once for each');
  const { input } = request;
  if (input.text?.trim() === '') fail('usage', 'text.empty', 'the message is empty', 'add --message TEXT');
  const commonFields = listCommonFields(input, flags, request.messageRules);
  const { name, chunks } = openFile(path, context.io);
  const sheet = await openRows(chunks, name);
  const readFields = () => rowFields(sheet, flags.map, commonFields);
  const fields = readFields();
  destinationPlace(fields, sheet);
  const rules: RowRules = {
    input: await addPhoneNumberId(input, request.channel, fields, context),
    messageRules: request.messageRules,
    route: (text, template, known) => routeOf(request, text, template, known),
    parsePhone: await openPhoneParser(flags.country ?? context.settings.country),
    findTemplate: request.findTemplate,
    findRcsTemplate: request.findRcsTemplate,
    needsContent:
      request.channel !== undefined ||
      [input.text, input.template, fields.message, fields.template].some((one) => one !== undefined),
    allowDuplicates: flags.allowDuplicates,
  };
  const totals = new Totals(name);
  const findings = findingsIn(sheet, rules, readFields, totals, flags, context);
  if (isInteractive(context)) await draw(findings, context);
  else await streamRows(columns, findings, context);
  if (totals.refusal !== null && !context.outputClosed())
    fail(
      'usage',
      'check.wrong',
      totals.wrong > 0
        ? `${formatNumber(totals.wrong)} of ${pluralize(totals.rows, 'row')} cannot be sent`
        : `${name}: nothing is left to send`,
    );
  return 'ok';
}

async function* findingsIn(
  sheet: Sheet,
  rules: RowRules,
  readFields: () => RowFields,
  totals: Totals,
  flags: CheckFlags,
  context: Context,
): AsyncGenerator<Finding> {
  let layout = { columns: [...sheet.columns], fields: readFields() };
  const validator = new RowValidator(layout.fields, rules);
  const check = new RowFindings(rules);
  const ledger = await context.ledgerIfAny();
  const overrides = readOverrides(flags);
  yield* await check.common();
  for await (const batch of sheet.rows) {
    context.clock.checkpoint();
    if (sheet.columns.length > layout.columns.length) {
      layout = { columns: [...sheet.columns], fields: readFields() };
      validator.setFields(layout.fields);
    }
    await validator.prepare(batch);
    const rows = batch.map((row) => validator.validate(row));
    const entries = rows.flatMap(({ message, problems }) =>
      message && problems.length === 0 ? [message] : [],
    );
    const blocks: Map<BulkRow, SendBlock> = ledger
      ? await findSendBlocks(entries, ledger, context.clock.now(), overrides)
      : new Map();
    for (const validated of rows) {
      const { message } = validated;
      const earlier = message?.id ? await ledger?.find(message.id) : undefined;
      const history = { block: message && blocks.get(message), earlier };
      const checked = await check.row(validated, layout, history);
      totals.add(checked);
      yield* checked.findings;
    }
  }
  yield totals.finding();
}

async function draw(
  findings: AsyncIterable<Finding>,
  { io, out, notices, outputClosed }: Context,
): Promise<void> {
  const style = await styleFor(io.stdout);
  let count = 0;
  const busy = () => notices.startSpinner('checking');
  busy();
  try {
    for await (const { verdict, subject, value, line, column, detail, hint } of findings) {
      if (outputClosed()) return;
      notices.stopSpinner();
      const where = line === null ? subject : `line ${line}${column === null ? '' : `, ${column}`}`;
      if (subject === 'file') {
        const more = count - maxDrawn;
        out(
          drawFinding(
            verdict,
            value,
            [detail, more > 0 ? `${more} more findings: -o csv shows all` : null],
            style,
          ),
        );
      } else if (++count <= maxDrawn) out(drawFinding(verdict, `${where}: ${detail}`, [hint], style));
      busy();
    }
  } finally {
    notices.stopSpinner();
  }
}
