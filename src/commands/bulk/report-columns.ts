import { channelNames } from '../../message/channel.ts';
import { isArrived, isFailed, statuses } from '../../message/status.ts';
import type { Column } from '../../output/columns.ts';
import { sum } from './amounts.ts';
import { listedColumns } from './listed.ts';
import type { Report } from './report.ts';

const seconds = (milliseconds: number | undefined) =>
  milliseconds === undefined ? null : Number((milliseconds / 1_000).toFixed(3));

/** What a script is told of a bulk: all that `bulk list` tells, and why, and how fast. */
export const reportColumns: readonly Column<Report>[] = [
  ...listedColumns,
  {
    key: 'forced',
    summary: 'why it goes also to those who have opted out, or null',
    value: ({ bulk }) => bulk.forced ?? null,
  },
  {
    key: 'inDoubt',
    summary: 'of those on their way, how many may have been sent: nobody knows yet',
    value: ({ counts }) => sum(counts.filter(({ status }) => status === 'unknown')),
  },
  {
    key: 'read',
    summary: 'of those that arrived, how many were read',
    value: ({ counts }) => sum(counts.filter(({ status }) => status === 'read')),
  },
  {
    key: 'byStatus',
    summary: 'how many stand at each status',
    value: ({ counts }) =>
      Object.fromEntries(
        statuses.map((status) => [status, sum(counts.filter((one) => one.status === status))]),
      ),
  },
  {
    key: 'byChannel',
    summary: 'of each channel in play: rows, queued, open, delivered, read, failed',
    value: ({ counts }) => Object.fromEntries(channelNames.flatMap((name) => ofChannel(name, counts))),
  },
  {
    key: 'reasons',
    summary: 'why messages failed, the most frequent first: reason, channel, count',
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
    summary: 'how many were delivered within upTo seconds, and not within the step before',
    value: ({ delays }) => delays.histogram().map(({ upTo, count }) => ({ upTo: seconds(upTo), count })),
  },
];

function ofChannel(name: string, counts: Report['counts']): [string, object][] {
  const here = counts.filter(({ channel, count }) => channel === name && count > 0);
  if (here.length === 0) return [];
  const of = (wanted: (one: Report['counts'][number]) => boolean) => sum(here.filter(wanted));
  return [
    [
      name,
      {
        rows: sum(here),
        queued: of(({ status }) => status === 'queued'),
        open: of(({ status, final }) => !final && status !== 'queued'),
        delivered: of(({ status }) => isArrived(status)),
        read: of(({ status }) => status === 'read'),
        failed: of(({ status, final }) => final && isFailed(status)),
      },
    ],
  ];
}
