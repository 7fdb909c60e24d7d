import { fail } from '../../errors.ts';
import { messageText, onlyOne } from '../../input/content.ts';
import { destinationPlace } from '../../input/row-fields.ts';
import { openRows } from '../../input/rows.ts';
import { openFile } from '../../input/rows-source.ts';
import type { Sheet } from '../../input/sheet.ts';
import { styleFor } from '../../output/style.ts';
import type { Context } from '../context.ts';
import { isForEyes } from '../rows.ts';
import { streamRows } from '../rows-stream.ts';
import type { Told } from './check.ts';
import { columns, drawn, type Finding } from './finding.ts';
import { type Constant, layoutOf } from './layout.ts';
import { optedOut } from './number.ts';
import { RowCheck } from './row.ts';
import { templatesFor } from './row-template.ts';
import { Totals } from './totals.ts';

/** So many findings are drawn; who looks at a screen reads no more. */
const mostDrawn = 50;

/**
 * Checks every row of a file as it would be sent. What is not right is told as it is found, so that no more of the
 * file is held than is being looked at, and at last the sum.
 */
export async function checkFile(path: string, values: Told, context: Context): Promise<'ok'> {
  if (values.to.length > 0)
    fail('usage', 'check.both', '--file and --to cannot be checked together', 'run it once for each');
  if (path === '-' && values.message.includes('-'))
    fail(
      'usage',
      'stdin.twice',
      'both --file and --message want standard input',
      'use a file for one of them',
    );
  const constant: Constant = {
    text: await messageText(values.message, context.io),
    template: onlyOne(values.template, 'template', '--template'),
    values: Object.fromEntries(values.variables),
    sender: values.from,
    home: values.country ?? context.settings.country,
  };
  if (constant.text?.trim() === '')
    fail('usage', 'text.empty', 'the message is empty', 'write the text with --message');
  const { name, chunks } = openFile(path, context.io);
  const sheet = await openRows(chunks, name);
  destinationPlace(layoutOf(sheet, values.map, constant).fields, sheet);
  const totals = new Totals(name);
  const findings = findingsIn(sheet, constant, values, totals, context);
  if (isForEyes(context)) await draw(findings, context);
  else await streamRows(columns, findings, context);
  if (totals.wrong > 0 && !context.outputClosed())
    fail('usage', 'check.wrong', `${totals.wrong} of ${totals.rows} rows would not be sent as they are`);
  return 'ok';
}

async function* findingsIn(
  sheet: Sheet,
  constant: Constant,
  { map }: Told,
  totals: Totals,
  context: Context,
): AsyncGenerator<Finding> {
  const check = new RowCheck(constant, templatesFor(context), await optedOut(context));
  let layout = layoutOf(sheet, map, constant);
  yield* await check.once();
  for await (const batch of sheet.rows) {
    context.clock.checkpoint();
    if (sheet.columns.length > layout.columns.length) layout = layoutOf(sheet, map, constant);
    for (const row of batch) {
      const checked = await check.row(row, layout);
      totals.add(checked);
      yield* checked.findings;
    }
  }
  yield totals.finding();
}

async function draw(
  findings: AsyncIterable<Finding>,
  { io, out, talk, outputClosed }: Context,
): Promise<void> {
  const style = await styleFor(io.stdout);
  let count = 0;
  const busy = () => talk.busy('checking');
  busy();
  try {
    for await (const { verdict, subject, value, line, column, detail, hint } of findings) {
      if (outputClosed()) return;
      talk.still();
      const where = line === null ? subject : `line ${line}${column === null ? '' : `, ${column}`}`;
      if (subject === 'file') {
        const more = count - mostDrawn;
        out(
          drawn(verdict, value, [detail, more > 0 ? `${more} findings more: -o csv shows all` : null], style),
        );
      } else if (++count <= mostDrawn) out(drawn(verdict, `${where}: ${detail}`, [hint], style));
      busy();
    }
  } finally {
    talk.still();
  }
}
