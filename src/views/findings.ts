import { clean } from '../output/clean.ts';
import type { Column } from '../output/columns.ts';
import type { Style } from '../output/style.ts';
import { type Finding, type Verdict, verdicts } from '../services/validate/finding.ts';

export const columns: readonly Column<Finding>[] = [
  { key: 'verdict', summary: verdicts.join(', '), value: ({ verdict }) => verdict },
  {
    key: 'subject',
    summary: 'message, number, template, sender, id, row, or file (the summary of all rows)',
    value: ({ subject }) => subject,
  },
  { key: 'value', summary: 'value that was checked', value: ({ value }) => value },
  { key: 'encoding', summary: 'encoding of a message: gsm7 or ucs2', value: ({ encoding }) => encoding },
  {
    key: 'parts',
    summary: 'parts of the SMS, each paid for; for a file, of all messages',
    value: ({ parts }) => parts,
    align: 'right',
  },
  {
    key: 'left',
    summary: 'characters that still fit in the last part',
    value: ({ left }) => left,
    align: 'right',
  },
  { key: 'detail', summary: 'result of the check', value: ({ detail }) => detail },
  { key: 'hint', summary: 'how to fix it, or null', value: ({ hint }) => hint },
  {
    key: 'line',
    summary: 'line of the file, or null',
    value: ({ line }) => line,
    align: 'right',
  },
  { key: 'column', summary: 'column of the file, or null', value: ({ column }) => column },
  { key: 'code', summary: 'code of the error that a send would report, or null', value: ({ code }) => code },
];

const width = Math.max(...verdicts.map((verdict) => verdict.length));

/** Draws a finding for a terminal: a line with its subject `what`, and details below it. */
export function drawFinding(
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
