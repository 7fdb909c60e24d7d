import { coarser, type Delays } from '../../message/delays.ts';
import type { Reason } from '../../message/reasons.ts';
import { bar } from '../../output/bars.ts';
import { clean } from '../../output/clean.ts';
import type { Style } from '../../output/style.ts';
import { shorten, widthOf } from '../../output/width.ts';
import { exactLengthOf, figure, many, minuteOf, sum } from './amounts.ts';
import { funnel } from './funnel.ts';
import type { Report } from './report.ts';

/** Reasons and bars on a page, at most: the rest is for scripts. */
const mostReasons = 8;
const mostBars = 10;

/** No bar is longer: the eye compares them best side by side. */
const longestBar = 60;

const indent = '  ';

/** What became of a bulk, for a screen `width` cells wide. Each line ends with a newline. */
export function reportPage(report: Report, width: number, style: Style): string {
  const { bulk, state, counts, reasons, delays } = report;
  const { more } = style.symbols;
  const inside = width - indent.length;
  const name = clean(bulk.name ?? '').trim();
  const lines = [
    `${style.bold(name || 'bulk')}  ${style.dim(`${many(bulk.rows, 'message')}, ${state}`)}`,
    style.dim(bulk.id),
    style.dim(`from ${clean(bulk.source)}, ${minuteOf(bulk.createdAt)}`),
    ...(bulk.forced ? [style.dim(`also to those who have opted out: ${clean(bulk.forced)}`)] : []),
    ...(bulk.retryOf ? [style.dim(`retries ${bulk.retryOf}`)] : []),
    '',
    ...funnel(counts, inside, style).map((line) => indent + line),
    ...(reasons.length > 0
      ? ['', style.bold('why they failed'), ...reasonLines(reasons, inside, style)]
      : []),
    ...(delays.total > 0 ? ['', ...delayLines(delays, inside, style)] : []),
  ];
  return lines.map((line) => `${shorten(line, width, more)}\n`).join('');
}

function reasonLines(reasons: readonly Reason[], width: number, { symbols: { more }, dim }: Style): string[] {
  const told = reasons.slice(0, mostReasons);
  const figures = Math.max(...told.map(({ count }) => figure(count).length));
  const channels = Math.max(...told.map(({ channel }) => channel.length));
  const rest = reasons.slice(mostReasons);
  return [
    ...told.map(({ reason, channel, count }) => {
      const said = reason === null ? dim('no reason given') : clean(reason);
      const line = `${figure(count).padStart(figures)}  ${channel.padEnd(channels)}  ${said}`;
      return indent + shorten(line, width, more);
    }),
    ...(rest.length > 0
      ? [
          `${indent}${figure(sum(rest)).padStart(figures)}  ${dim(`for ${many(rest.length, 'other reason')}: --json`)}`,
        ]
      : []),
  ];
}

function delayLines(delays: Delays, width: number, style: Style): string[] {
  const told: [string, number | undefined][] = [
    ['50 %', delays.percentile(50)],
    ['90 %', delays.percentile(90)],
    ['95 %', delays.percentile(95)],
    ['99 %', delays.percentile(99)],
    ['slowest', delays.slowest],
  ];
  const words = told.map(([what, delay]) => `${style.dim(what)} ${exactLengthOf(delay ?? 0)}`);
  return [
    `${style.bold('time to delivery')}  ${style.dim(many(delays.total, 'message'))}`,
    ...wrapped(words, width).map((line) => indent + line),
    '',
    ...bars(delays, width, style).map((line) => indent + line),
  ];
}

function wrapped(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1)}   ${word}`;
    if (lines.length > 0 && widthOf(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function bars(delays: Delays, width: number, style: Style): string[] {
  const steps = coarser(delays.histogram(), mostBars);
  const labels = steps.map(({ upTo }) => `${style.unicode ? '≤' : '<='} ${exactLengthOf(upTo)}`);
  const label = Math.max(...labels.map((one) => one.length));
  const figures = Math.max(...steps.map(({ count }) => figure(count).length));
  const tallest = Math.max(...steps.map(({ count }) => count));
  const room = Math.max(Math.min(width - label - figures - 4, longestBar), 4);
  return steps.map(({ count }, index) => {
    const drawn = bar(count / tallest, room, style.unicode);
    const head = `${style.dim((labels[index] ?? '').padStart(label))}  ${figure(count).padStart(figures)}`;
    return `${head}  ${style.cyan(drawn)}`.trimEnd();
  });
}
