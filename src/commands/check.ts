import { openOptOutLookup } from '../actions/recipient-guard.ts';
import { checkTemplateValues, openTemplateLookup } from '../actions/template-lookup.ts';
import { command } from '../app/command.ts';
import type { Context } from '../app/context.ts';
import { fail } from '../errors.ts';
import type { Values } from '../input/flag.ts';
import { country, file, from, map, message, template, to, variables } from '../input/flags.ts';
import { destinationPlace, type RowFieldName, type RowFields, rowFields } from '../input/rows/columns.ts';
import { openRows } from '../input/rows/open.ts';
import type { Sheet } from '../input/rows/row.ts';
import { openFile } from '../input/rows/source.ts';
import { atMostOne, readMessageText } from '../input/text.ts';
import { openPhoneParser } from '../message/phone.ts';
import { encodingTitles, formatParts } from '../message/sms.ts';
import { styleFor } from '../output/style.ts';
import { type Finding, finding } from '../services/validate/finding.ts';
import { checkNumber } from '../services/validate/number.ts';
import { RowFindings } from '../services/validate/row-findings.ts';
import { type RowRules, RowValidator } from '../services/validate/row-validator.ts';
import { checkText } from '../services/validate/text.ts';
import { Totals } from '../services/validate/totals.ts';
import { columns, drawFinding } from '../views/findings.ts';
import { isInteractive, printRows } from '../views/rows.ts';
import { streamRows } from '../views/rows-stream.ts';

const flags = {
  message,
  to: { ...to, presence: 'optional' as const },
  template,
  variables,
  country,
  from,
  file,
  map,
};

type FlagValues = Values<typeof flags>;

export default command({
  flags,
  columns,
  examples: [
    ['Count the parts of a text, and find costly characters', 'check --message "It’s ready"'],
    ['Validate numbers', 'check --to +393901234567,+390612345678'],
    ['Check a template and its values', 'check --template template_456 --var name=Mario --var code=1'],
    [
      'Check every row of a file, with one text for all',
      'check --file contacts.csv --message "Dear {name}, it is ready"',
    ],
    ['Read the numbers from another column', 'check --file contacts.csv --map to=Casa --country IT'],
  ],
  notes:
    'Sends nothing, and asks the gateway only about templates. A number that opted out is an error. Exits with 2 if there is an error; a text that needs UCS-2 is costly, not an error. The first line of a file names its columns: to (or phone, number, telefono, ...), message, template, from, id; every other column is a placeholder value. Problems are listed row by row, followed by a summary.',
  async run(values, context) {
    const path = atMostOne(values.file, 'file', '--file');
    if (path !== undefined) return checkFile(path, values, context);
    if (values.map.length > 0)
      fail('usage', 'map.alone', '--map can only be used with --file', 'add --file PATH');
    const text = await readMessageText(values.message, context.io);
    if (text === undefined && values.to.length === 0 && values.template.length === 0)
      fail('usage', 'check.nothing', 'nothing to check', 'add --message, --to, --template or --file');
    const home = values.country ?? context.settings.country;
    const isOut = await openOptOutLookup(context);
    const numbers = values.to.map(async (number) => {
      const { verdict, detail, hint } = await checkNumber(number, home, isOut);
      return finding('number', number, verdict, detail, hint);
    });
    const templates = values.template.map((id) => checkTemplateValues(id, values.variables, context));
    await print(
      [
        ...(text === undefined ? [] : [{ ...finding('message', text, 'ok', ''), ...checkText(text) }]),
        ...(await Promise.all(numbers)),
        ...(await Promise.all(templates)).flat(),
      ],
      context,
    );
    return 'ok';
  },
});

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
  if (wrong > 0) fail('usage', 'check.wrong', `${wrong} of ${findings.length} cannot be sent as they are`);
}

/** Maximum number of findings drawn on a terminal. */
const maxDrawn = 50;

/**
 * Checks every row of a file as it would be sent. Prints findings as they are found, so that only one batch is in memory,
 * and then the summary.
 */
async function checkFile(path: string, values: FlagValues, context: Context): Promise<'ok'> {
  if (values.to.length > 0)
    fail('usage', 'check.both', '--file and --to cannot be used together', 'run the command once for each');
  if (path === '-' && values.message.includes('-'))
    fail(
      'usage',
      'stdin.twice',
      '--file and --message cannot both read standard input',
      'use a file for one of them',
    );
  const input = {
    text: await readMessageText(values.message, context.io),
    template: atMostOne(values.template, 'template', '--template'),
    variables: Object.fromEntries(values.variables),
    sender: values.from ?? context.settings.from,
    simulation: false,
  };
  if (input.text?.trim() === '') fail('usage', 'text.empty', 'the message is empty', 'add --message TEXT');
  const commonFields: RowFieldName[] = [
    ...(input.text === undefined ? [] : (['message'] as const)),
    ...(input.template === undefined ? [] : (['template'] as const)),
    ...(values.from === undefined ? [] : (['from'] as const)),
  ];
  const { name, chunks } = openFile(path, context.io);
  const sheet = await openRows(chunks, name);
  const readFields = () => rowFields(sheet, values.map, commonFields);
  const fields = readFields();
  destinationPlace(fields, sheet);
  const findTemplate = openTemplateLookup(context);
  const rules: RowRules = {
    input,
    route: routeOf,
    parsePhone: await openPhoneParser(values.country ?? context.settings.country),
    wanted: undefined,
    findTemplate,
    needsContent: [input.text, input.template, fields.message, fields.template].some(
      (one) => one !== undefined,
    ),
    allowDuplicates: false,
  };
  const check = new RowFindings(input, findTemplate, await openOptOutLookup(context));
  const totals = new Totals(name);
  const findings = findingsIn(sheet, new RowValidator(fields, rules), check, readFields, totals, context);
  if (isInteractive(context)) await draw(findings, context);
  else await streamRows(columns, findings, context);
  if (totals.wrong > 0 && !context.outputClosed())
    fail('usage', 'check.wrong', `${totals.wrong} of ${totals.rows} rows cannot be sent as they are`);
  return 'ok';
}

/** Returns the channel with the rules for this content, since a check names none. */
function routeOf(text: string | undefined, template: string | undefined) {
  const channel = template === undefined ? 'sms' : 'whatsapp';
  return { channel, fallback: text !== undefined && template !== undefined } as const;
}

async function* findingsIn(
  sheet: Sheet,
  validator: RowValidator,
  check: RowFindings,
  readFields: () => RowFields,
  totals: Totals,
  context: Context,
): AsyncGenerator<Finding> {
  let layout = { columns: [...sheet.columns], fields: readFields() };
  yield* await check.common();
  for await (const batch of sheet.rows) {
    context.clock.checkpoint();
    if (sheet.columns.length > layout.columns.length) {
      layout = { columns: [...sheet.columns], fields: readFields() };
      validator.setFields(layout.fields);
    }
    await validator.prepare(batch);
    for (const row of batch) {
      const checked = await check.row(validator.validate(row), layout);
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
