import { clean } from '../output/clean.ts';
import type { Style } from '../output/style.ts';
import { formatDuration, formatMinute, formatNumber, sumCounts } from '../output/units.ts';
import { measureWidth, shorten } from '../output/width.ts';
import type { BulkSummary, BulkWorkerReport } from '../services/bulk/report.ts';

/** Maximum number of processes listed; scripts get all. */
const maxWorkers = 8;

/** Maximum width of the name of a machine, in cells. */
const maxHostWidth = 24;

/** Lists the processes that send a bulk, one a line. Lines may be wider than the screen. */
export function workerLines(workers: readonly BulkWorkerReport[], style: Style): string[] {
  const shown = workers.slice(0, maxWorkers).map(({ host, pid, since, accepted, rate, isSilent }) => ({
    host: shorten(clean(host), maxHostWidth, style.symbols.more),
    pid: `pid ${pid}`,
    since,
    sent: `${formatNumber(accepted)} sent`,
    pace: isSilent ? 'not responding' : rate === null ? '' : formatRate(rate),
  }));
  const widest = (key: 'host' | 'pid' | 'sent' | 'pace') =>
    Math.max(0, ...shown.map((one) => measureWidth(one[key])));
  const [host, pid, sent, pace] = [widest('host'), widest('pid'), widest('sent'), widest('pace')];
  const rest = workers.length - shown.length;
  return [
    ...shown.map((one) => {
      const name = one.host + ' '.repeat(host - measureWidth(one.host));
      const figures = `${one.sent.padStart(sent)}  ${one.pace.padStart(pace)}`.trimEnd();
      return `${name}  ${style.dim(one.pid.padEnd(pid))}  ${figures}  ${style.dim(`since ${formatMinute(one.since)}`)}`;
    }),
    ...(rest > 0 ? [style.dim(`${formatNumber(rest)} more: --json lists them`)] : []),
  ];
}

/** Counts the messages of a bulk that are left to send. */
export function countQueued(counts: BulkSummary['counts']): number {
  return sumCounts(counts.filter(({ status }) => status === 'queued'));
}

/** Says how many messages of a running bulk are left, and how long they take at the rate of its processes. */
export function describeRest({
  counts,
  workers,
}: Pick<BulkSummary, 'counts'> & { workers: readonly BulkWorkerReport[] }): string {
  const left = countQueued(counts);
  const rate = workers.reduce((sum, one) => sum + (one.isSilent ? 0 : (one.rate ?? 0)), 0);
  const time = rate > 0 && left > 0 ? `, about ${formatDuration((left * 1_000) / rate)} at this rate` : '';
  return `${formatNumber(left)} left to send${time}`;
}

/** Formats messages a second: `50/s`, `0.5/s`. */
export function formatRate(rate: number): string {
  return `${rate >= 10 ? formatNumber(Math.round(rate)) : rate.toFixed(1)}/s`;
}
