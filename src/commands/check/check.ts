import { fail } from '../../errors.ts';
import { messageText, onlyOne } from '../../input/content.ts';
import type { Values } from '../../input/field.ts';
import { country, file, from, map, message, template, to, variables } from '../../input/fields.ts';
import { counted } from '../../message/parts.ts';
import { styleFor } from '../../output/style.ts';
import { command } from '../command.ts';
import type { Context } from '../context.ts';
import { isForEyes, printRows } from '../rows.ts';
import { columns, drawn, type Finding, finding } from './finding.ts';
import { ofNumber, optedOut } from './number.ts';
import { ofTemplate } from './template.ts';
import { ofText } from './text.ts';

const fields = {
  message,
  to: { ...to, presence: 'optional' as const },
  template,
  variables,
  country,
  from,
  file,
  map,
};

/** What `check` is told. */
export type Told = Values<typeof fields>;

export default command({
  fields,
  columns,
  examples: [
    ['How many parts a text takes, and what makes it dear', 'check --message "It’s ready"'],
    ['Whether numbers are valid', 'check --to +393901234567,+390612345678'],
    [
      'Whether a template can go out, with these values',
      'check --template template_456 --var name=Mario --var code=1',
    ],
    [
      'Every row of a file, with the text that all of them get',
      'check --file contacts.csv --message "Dear {name}, it is ready"',
    ],
    ['Numbers in a column of another name', 'check --file contacts.csv --map to=Casa --country IT'],
  ],
  notes:
    'Sends nothing, and asks no gateway but for templates. A number that has opted out is wrong. Ends with 2 when something is wrong; a text that needs UCS-2 is costly, not wrong. The first line ' +
    'of a file names its columns: to (or phone, number, telefono, ...), message, template, from, id; every other is ' +
    'the value of a placeholder. What is not right is told row by row, and behind it the sum of all rows.',
  async run(values, context) {
    const path = onlyOne(values.file, 'file', '--file');
    if (path !== undefined) return (await import('./file.ts')).checkFile(path, values, context);
    if (values.map.length > 0)
      fail('usage', 'map.alone', '--map is for the columns of a file', 'name it: --file PATH');
    const text = await messageText(values.message, context.io);
    if (text === undefined && values.to.length === 0 && values.template.length === 0)
      fail(
        'usage',
        'check.nothing',
        'there is nothing to check',
        'give --message, --to, --template or --file',
      );
    const home = values.country ?? context.settings.country;
    const isOut = await optedOut(context);
    const numbers = values.to.map(async (number) => {
      const { verdict, detail, hint } = await ofNumber(number, home, isOut);
      return finding('number', number, verdict, detail, hint);
    });
    const templates = values.template.map((id) => ofTemplate(id, values.variables, context));
    await print(
      [
        ...(text === undefined ? [] : [{ ...finding('message', text, 'ok', ''), ...ofText(text) }]),
        ...(await Promise.all(numbers)),
        ...(await Promise.all(templates)).flat(),
      ],
      context,
    );
    return 'ok';
  },
});

async function print(findings: readonly Finding[], context: Context): Promise<void> {
  if (isForEyes(context)) {
    const style = await styleFor(context.io.stdout);
    for (const { verdict, subject, value, encoding, parts, left, detail, hint } of findings) {
      const what =
        parts === null ? value : `${subject}, ${counted(parts)} in ${encoding}, room for ${left} more`;
      context.out(drawn(verdict, what, [verdict === 'ok' ? null : detail, hint], style));
    }
  } else await printRows(columns, findings, context);
  const wrong = findings.filter(({ verdict }) => verdict === 'wrong').length;
  if (wrong > 0) fail('usage', 'check.wrong', `${wrong} of ${findings.length} would not be sent as they are`);
}
