import type { Encoding } from '../message/sms.ts';
import { clean } from '../output/clean.ts';
import type { Column } from '../output/columns.ts';
import type { Style } from '../output/style.ts';

/** What was found out about one thing. */
export interface Finding {
  /** `row`: a row as a whole; `file`: the sum of all its rows. */
  subject: 'message' | 'number' | 'template' | 'sender' | 'id' | 'row' | 'file';
  value: string;
  verdict: Verdict;
  /** Where it stands in a file; null for what was not read from one, or holds for all of it. */
  line: number | null;
  column: string | null;
  encoding: Encoding | null;
  parts: number | null;
  left: number | null;
  detail: string;
  hint: string | null;
}

/** From good to bad. Only what is wrong would not be sent. */
export const verdicts = ['ok', 'costly', 'warning', 'wrong'] as const;
export type Verdict = (typeof verdicts)[number];

/** A finding; `more` says what it has besides. */
export function finding(
  subject: Finding['subject'],
  value: string,
  verdict: Verdict,
  detail: string,
  hint: string | null = null,
  more: Partial<Finding> = {},
): Finding {
  const bare = { line: null, column: null, encoding: null, parts: null, left: null };
  return { subject, value, verdict, detail, hint, ...bare, ...more };
}

export const columns: readonly Column<Finding>[] = [
  { key: 'verdict', summary: verdicts.join(', '), value: ({ verdict }) => verdict },
  {
    key: 'subject',
    summary: 'message, number, template, sender, id, row, or file: the sum of its rows',
    value: ({ subject }) => subject,
  },
  { key: 'value', summary: 'what was checked', value: ({ value }) => value },
  { key: 'encoding', summary: 'gsm7 or ucs2, of a message', value: ({ encoding }) => encoding },
  {
    key: 'parts',
    summary: 'parts of the SMS, which is what it costs; of a file, of all its messages',
    value: ({ parts }) => parts,
    align: 'right',
  },
  {
    key: 'left',
    summary: 'characters that still fit into the last part',
    value: ({ left }) => left,
    align: 'right',
  },
  { key: 'detail', summary: 'what was found', value: ({ detail }) => detail },
  { key: 'hint', summary: 'what to do about it, or null', value: ({ hint }) => hint },
  {
    key: 'line',
    summary: 'the line of a file, or null',
    value: ({ line }) => line,
    align: 'right',
  },
  { key: 'column', summary: 'the column of a file, or null', value: ({ column }) => column },
];

const width = Math.max(...verdicts.map((verdict) => verdict.length));

/** A finding for eyes: a line, `what` it is about, and below it what there is to say. */
export function drawn(
  verdict: Verdict,
  what: string,
  more: readonly (string | null)[],
  style: Style,
): string {
  const sign = {
    ok: style.green(style.symbols.ok),
    costly: style.yellow(style.symbols.wait),
    warning: style.yellow(style.symbols.wait),
    wrong: style.red(style.symbols.bad),
  };
  return [
    `${sign[verdict]} ${verdict.padEnd(width)} ${clean(what)}\n`,
    ...more.filter((line) => line !== null).map((line) => `  ${style.dim(clean(line))}\n`),
  ].join('');
}
