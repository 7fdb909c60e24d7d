import { channelNames } from '../message/channels/channel.ts';
import { isArrived, isFailed, statuses } from '../message/event.ts';
import { type DelayStats, mergeBuckets, type ReasonCount } from '../message/stats.ts';
import { drawBar } from '../output/bars.ts';
import { clean } from '../output/clean.ts';
import type { Column } from '../output/columns.ts';
import type { Style } from '../output/style.ts';
import { formatDurationExactly, formatMinute, formatNumber, pluralize, sumCounts } from '../output/units.ts';
import { measureWidth, shorten } from '../output/width.ts';
import type { BulkReport } from '../services/bulk/report.ts';
import { statusBreakdown } from './bulk-breakdown.ts';
import { listedColumns } from './bulk-columns.ts';
import { countQueued, describeRest, workerLines } from './bulk-workers.ts';
import { describeOverrides } from './opt-outs.ts';

/** Maximum number of reasons and of bars on a page; scripts get all. */
const maxReasons = 8;
const maxBars = 10;

/** Maximum length of a bar, in cells. */
const maxBarWidth = 60;

const indent = '  ';

/** Renders the report of a bulk for a screen `width` cells wide. Each line ends with a newline. */
export function reportPage(report: BulkReport, width: number, style: Style): string {
  const { bulk, state, counts, workers, reasons, delays } = report;
  const { more } = style.symbols;
  const inside = width - indent.length;
  const name = clean(bulk.name ?? '').trim();
  const lines = [
    `${style.bold(name || 'bulk')}  ${style.dim(`${pluralize(bulk.rows, 'message')}, ${state}`)}`,
    style.dim(bulk.id),
    style.dim(`from ${clean(bulk.source)}, ${formatMinute(bulk.createdAt)}`),
    ...describeOverrides(bulk.overrides).map(style.dim),
    ...(bulk.retryOf ? [style.dim(`retries ${bulk.retryOf}`)] : []),
    '',
    ...statusBreakdown(counts, inside, style).map((line) => indent + line),
    ...(workers.length > 0 && countQueued(counts) > 0
      ? [
          '',
          `${style.bold('at work')}  ${style.dim(describeRest(report))}`,
          ...workerLines(workers, style).map((line) => indent + line),
        ]
      : []),
    ...(reasons.length > 0
      ? ['', style.bold('reasons for failure'), ...reasonLines(reasons, inside, style)]
      : []),
    ...(delays.total > 0 ? ['', ...delayLines(delays, inside, style)] : []),
  ];
  return lines.map((line) => `${shorten(line, width, more)}\n`).join('');
}

function reasonLines(
  reasons: readonly ReasonCount[],
  width: number,
  { symbols: { more }, dim }: Style,
): string[] {
  const shown = reasons.slice(0, maxReasons);
  const figures = Math.max(...shown.map(({ count }) => formatNumber(count).length));
  const channels = Math.max(...shown.map(({ channel }) => channel.length));
  const rest = reasons.slice(maxReasons);
  return [
    ...shown.map(({ reason, channel, count }) => {
      const reasonText = reason === null ? dim('no reason given') : clean(reason);
      const line = `${formatNumber(count).padStart(figures)}  ${channel.padEnd(channels)}  ${reasonText}`;
      return indent + shorten(line, width, more);
    }),
    ...(rest.length > 0
      ? [
          `${indent}${formatNumber(sumCounts(rest)).padStart(figures)}  ${dim(`${pluralize(rest.length, 'other reason')}: --json lists them`)}`,
        ]
      : []),
  ];
}

function delayLines(delays: DelayStats, width: number, style: Style): string[] {
  const percentiles: [string, number | undefined][] = [
    ['50 %', delays.percentile(50)],
    ['90 %', delays.percentile(90)],
    ['95 %', delays.percentile(95)],
    ['99 %', delays.percentile(99)],
    ['slowest', delays.slowest],
  ];
  const words = percentiles.map(([what, delay]) => `${style.dim(what)} ${formatDurationExactly(delay ?? 0)}`);
  return [
    `${style.bold('time to delivery')}  ${style.dim(pluralize(delays.total, 'message'))}`,
    ...wrap(words, width).map((line) => indent + line),
    '',
    ...bars(delays, width, style).map((line) => indent + line),
  ];
}

function wrap(words: readonly string[], width: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = `${lines.at(-1)}   ${word}`;
    if (lines.length > 0 && measureWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function bars(delays: DelayStats, width: number, style: Style): string[] {
  const steps = mergeBuckets(delays.histogram(), maxBars);
  const labels = steps.map(({ upTo }) => `${style.unicode ? '≤' : '<='} ${formatDurationExactly(upTo)}`);
  const label = Math.max(...labels.map((one) => one.length));
  const figures = Math.max(...steps.map(({ count }) => formatNumber(count).length));
  const tallest = Math.max(...steps.map(({ count }) => count));
  const room = Math.max(Math.min(width - label - figures - 4, maxBarWidth), 4);
  return steps.map(({ count }, index) => {
    const drawn = drawBar(count / tallest, room, style.unicode);
    const head = `${style.dim((labels[index] ?? '').padStart(label))}  ${formatNumber(count).padStart(figures)}`;
    return `${head}  ${style.cyan(drawn)}`.trimEnd();
  });
}

const seconds = (milliseconds: number | undefined) =>
  milliseconds === undefined ? null : Number((milliseconds / 1_000).toFixed(3));

/** Columns of the report for scripts: those of `bulk list`, reasons and delivery times. */
export const reportColumns: readonly Column<BulkReport>[] = [
  ...listedColumns,
  {
    key: 'forced',
    summary: 'reason for overriding opt-outs or the 24-hour window, or null',
    value: ({ bulk }) => bulk.overrides?.optOut ?? bulk.overrides?.window ?? null,
  },
  {
    key: 'inDoubt',
    summary: 'open messages that may have been sent, without proof either way',
    value: ({ counts }) => sumCounts(counts.filter(({ status }) => status === 'unknown')),
  },
  {
    key: 'read',
    summary: 'delivered messages that were read',
    value: ({ counts }) => sumCounts(counts.filter(({ status }) => status === 'read')),
  },
  {
    key: 'byStatus',
    summary: 'number of messages by status',
    value: ({ counts }) =>
      Object.fromEntries(
        statuses.map((status) => [status, sumCounts(counts.filter((one) => one.status === status))]),
      ),
  },
  {
    key: 'byChannel',
    summary: 'for each channel: rows, queued, open, delivered, read, failed',
    value: ({ counts }) => Object.fromEntries(channelNames.flatMap((name) => countChannel(name, counts))),
  },
  {
    key: 'workers',
    summary:
      'processes that send it now: host, pid, since, accepted, rate (accepted a second), silent (does not respond)',
    value: ({ workers }) =>
      workers.map(({ host, pid, since, accepted, rate, isSilent }) => ({
        host,
        pid,
        since: new Date(since).toISOString(),
        accepted,
        rate,
        silent: isSilent,
      })),
  },
  {
    key: 'reasons',
    summary: 'why messages failed, most frequent first: reason, channel, count',
    value: ({ reasons }) => reasons.map(({ reason, channel, count }) => ({ reason, channel, count })),
  },
  {
    key: 'delivery',
    summary: 'seconds from acceptance to delivery: p50, p90, p95, p99, max',
    value: ({ delays }) => ({
      p50: seconds(delays.percentile(50)),
      p90: seconds(delays.percentile(90)),
      p95: seconds(delays.percentile(95)),
      p99: seconds(delays.percentile(99)),
      max: seconds(delays.slowest),
    }),
  },
  {
    key: 'histogram',
    summary: 'messages delivered within upTo seconds, and not within the previous step',
    value: ({ delays }) => delays.histogram().map(({ upTo, count }) => ({ upTo: seconds(upTo), count })),
  },
];

function countChannel(name: string, counts: BulkReport['counts']): [string, object][] {
  const here = counts.filter(({ channel, count }) => channel === name && count > 0);
  if (here.length === 0) return [];
  const of = (wanted: (one: BulkReport['counts'][number]) => boolean) => sumCounts(here.filter(wanted));
  return [
    [
      name,
      {
        rows: sumCounts(here),
        queued: of(({ status }) => status === 'queued'),
        open: of(({ status, final }) => !final && status !== 'queued'),
        delivered: of(({ status }) => isArrived(status)),
        read: of(({ status }) => status === 'read'),
        failed: of(({ status, final }) => final && isFailed(status)),
      },
    ],
  ];
}
