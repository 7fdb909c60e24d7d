import { Failure, fail } from '../errors.ts';
import { messageText } from '../input/content.ts';
import { country, from, message, template, to, variables } from '../input/fields.ts';
import { counted, mostParts, type Parts, partsOf } from '../message/parts.ts';
import { isLandline, phone } from '../message/phone.ts';
import { type Stranger, simplified, strangers } from '../message/replacement.ts';
import { mismatch } from '../message/template.ts';
import { clean } from '../output/clean.ts';
import type { Column } from '../output/columns.ts';
import { type Style, styleFor } from '../output/style.ts';
import { command } from './command.ts';
import type { Context } from './context.ts';
import { isForEyes, printRows } from './rows.ts';

/** What was found out about one thing. */
interface Finding {
  subject: 'message' | 'number' | 'template';
  value: string;
  verdict: 'ok' | 'costly' | 'wrong';
  detail: string;
  hint: string | null;
  parts: Parts | null;
}

const columns: readonly Column<Finding>[] = [
  { key: 'verdict', summary: 'ok, costly or wrong', value: ({ verdict }) => verdict },
  { key: 'subject', summary: 'message, number or template', value: ({ subject }) => subject },
  { key: 'value', summary: 'what was checked', value: ({ value }) => value },
  { key: 'encoding', summary: 'gsm7 or ucs2, of a message', value: ({ parts }) => parts?.encoding ?? null },
  {
    key: 'parts',
    summary: 'parts of the SMS, which is what it costs',
    value: ({ parts }) => parts?.parts ?? null,
    align: 'right',
  },
  {
    key: 'left',
    summary: 'characters that still fit into the last part',
    value: ({ parts }) => parts?.left ?? null,
    align: 'right',
  },
  { key: 'detail', summary: 'what was found', value: ({ detail }) => detail },
  { key: 'hint', summary: 'what to do about it, or null', value: ({ hint }) => hint },
];

export default command({
  fields: {
    message,
    to: { ...to, presence: 'optional' as const },
    template,
    variables,
    country,
    from,
  },
  columns,
  examples: [
    ['How many parts a text takes, and what makes it dear', 'check --message "It’s ready"'],
    ['Whether numbers are valid', 'check --to +393901234567,+390612345678'],
    [
      'Whether a template can go out, with these values',
      'check --template template_456 --var name=Mario --var code=1',
    ],
  ],
  notes: 'Sends nothing. Ends with 2 when something is wrong; a text that needs UCS-2 is costly, not wrong.',
  async run(values, context) {
    const text = await messageText(values.message, context.io);
    if (text === undefined && values.to.length === 0 && values.template.length === 0)
      fail('usage', 'check.nothing', 'there is nothing to check', 'give --message, --to or --template');
    const home = values.country ?? context.settings.country;
    const findings = [
      ...(text === undefined ? [] : [ofText(text)]),
      ...(await Promise.all(values.to.map((number) => ofNumber(number, home)))),
      ...(await Promise.all(values.template.map((id) => ofTemplate(id, values.variables, context)))).flat(),
    ];
    const { io, out } = context;
    const style = await styleFor(io.stdout);
    if (isForEyes(context)) out(findings.map((finding) => `${drawn(finding, style)}\n`).join(''));
    else await printRows(columns, findings, context);
    const wrong = findings.filter(({ verdict }) => verdict === 'wrong').length;
    if (wrong > 0)
      fail('usage', 'check.wrong', `${wrong} of ${findings.length} would not be sent as they are`);
    return 'ok';
  },
});

function ofText(text: string): Finding {
  const parts = partsOf(text);
  const found = { subject: 'message', value: text, parts } as const;
  if (text.trim() === '') return { ...found, verdict: 'wrong', detail: 'the message is empty', hint: null };
  if (parts.parts > mostParts)
    return {
      ...found,
      verdict: 'wrong',
      detail: `more than the ${mostParts} parts an SMS can have`,
      hint: 'shorten it',
    };
  const foreign = strangers(text);
  if (foreign.length === 0) return { ...found, verdict: 'ok', detail: 'all of it is in GSM-7', hint: null };
  return {
    ...found,
    verdict: 'costly',
    detail: `not in GSM-7: ${foreign.map(named).join(', ')}`,
    hint: cheaper(text, parts, foreign),
  };
}

function named({ character, codePoint, count }: Stranger): string {
  return `${character} (${codePoint})${count > 1 ? ` ${count} times` : ''}`;
}

/** What to write instead, and what that saves; null when some of it cannot be written otherwise. */
function cheaper(text: string, { parts }: Parts, foreign: readonly Stranger[]): string | null {
  const changes = foreign.flatMap(({ character, instead }) =>
    instead === null ? [] : [`${instead || 'nothing'} for ${character}`],
  );
  if (changes.length === 0) return null;
  const then = partsOf(simplified(text));
  const gain =
    then.parts < parts ? `: ${counted(then.parts)} instead of ${parts}` : `: room for ${then.left} more`;
  return `write ${changes.join(', ')}${then.encoding === 'gsm7' ? gain : ''}`;
}

/** A finding for eyes: a line, and below it what there is to say. */
function drawn({ verdict, subject, value, parts, detail, hint }: Finding, style: Style): string {
  const sign = {
    ok: style.green(style.symbols.ok),
    costly: style.yellow(style.symbols.wait),
    wrong: style.red(style.symbols.bad),
  };
  const what = parts
    ? `${subject}, ${counted(parts.parts)} in ${parts.encoding}, room for ${parts.left} more`
    : value;
  const more = [...(verdict === 'ok' ? [] : [detail]), ...(hint ? [hint] : [])];
  return [
    `${sign[verdict]} ${verdict.padEnd(6)} ${clean(what)}`,
    ...more.map((line) => `  ${style.dim(clean(line))}`),
  ].join('\n');
}

/** A template on each channel that has it, held against the values it would get. */
async function ofTemplate(
  id: string,
  given: readonly (readonly [string, string])[],
  context: Context,
): Promise<Finding[]> {
  const { templatesOf } = await import('./templates/find.ts');
  const values = Object.fromEntries(given);
  try {
    return (await templatesOf(id, undefined, context)).map((found) => {
      const { missing, surplus } = mismatch(found, values);
      const problems = [
        ...(found.status === 'pending' || found.status === 'rejected' ? [`it is ${found.status}`] : []),
        ...missing.map((name) => `{${name}} has no value`),
        ...surplus.map(({ name }) => `it has no placeholder {${name}}`),
      ];
      const meant = surplus.flatMap(({ meant }) => (meant ? [`did you mean --var ${meant}=...?`] : []));
      return {
        subject: 'template',
        value: `${found.id} on ${found.channel}`,
        verdict: problems.length > 0 ? 'wrong' : 'ok',
        detail: problems.join('; ') || 'it can be sent',
        hint: meant[0] ?? null,
        parts: null,
      };
    });
  } catch (cause) {
    if (!(cause instanceof Failure) || cause.kind !== 'usage') throw cause;
    return [
      {
        subject: 'template',
        value: id,
        verdict: 'wrong',
        detail: cause.message,
        hint: cause.hint ?? null,
        parts: null,
      },
    ];
  }
}

async function ofNumber(value: string, home: Parameters<typeof phone>[1]): Promise<Finding> {
  const found = { subject: 'number', value, parts: null } as const;
  try {
    const number = await phone(value, home);
    if (await isLandline(number))
      return {
        ...found,
        verdict: 'wrong',
        detail: `${number} is a landline`,
        hint: 'messages go to mobile phones',
      };
    return { ...found, verdict: 'ok', detail: `${number} is valid`, hint: null };
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return { ...found, verdict: 'wrong', detail: cause.message, hint: cause.hint ?? null };
  }
}
