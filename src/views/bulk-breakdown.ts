import type { StatusCount } from '../message/bulk.ts';
import { channelNames } from '../message/channels/channel.ts';
import { isArrived, isFailed, type Status, type statuses } from '../message/event.ts';
import type { Style } from '../output/style.ts';
import { formatNumber, formatPercent, sumCounts } from '../output/units.ts';
import { measureWidth } from '../output/width.ts';

/** Statuses in the order of a message's life cycle. */
const stages: readonly Status[] = [
  'queued',
  'unknown',
  'submitted',
  'sent',
  'received',
  'delivered',
  'read',
  'undelivered',
  'expired',
  'rejected',
] satisfies typeof statuses extends readonly (infer S)[] ? readonly S[] : never;

/** Labels for statuses whose name alone is unclear. */
const labels: Partial<Record<Status, string>> = { unknown: 'in doubt' };

/** A line of the breakdown. */
interface Line {
  sign: string;
  word: string;
  paint(text: string): string;
  count: number;
  channels: ReadonlyMap<string, number>;
}

/**
 * Draws the number of messages by status in lines of at most `width` cells: one line per status that occurs, with the
 * counts by channel if there are several.
 */
export function statusBreakdown(counts: readonly StatusCount[], width: number, style: Style): string[] {
  const total = sumCounts(counts);
  const lines = stages.flatMap((status) => buildLines(status, counts, style));
  const used = channelNames.filter((name) =>
    counts.some(({ channel, count }) => channel === name && count > 0),
  );
  const figures = Math.max(0, ...lines.map(({ count }) => formatNumber(count).length));
  const each = new Map(
    used.map((name) => [
      name,
      Math.max(0, ...lines.map(({ channels }) => formatNumber(channels.get(name) ?? 0).length)),
    ]),
  );
  return lines.map(({ sign, word, paint, count, channels }) => {
    const base = `${sign} ${paint(word.padEnd(13) + formatNumber(count).padStart(figures))}`;
    const share = style.dim(formatPercent(count, total).padStart(9));
    const split = used.map((name) => {
      const here = channels.get(name) ?? 0;
      const room = name.length + 1 + (each.get(name) ?? 0);
      return (here === 0 ? '' : `${name} ${formatNumber(here).padStart(each.get(name) ?? 0)}`).padEnd(room);
    });
    const all = `${base}${share}${used.length > 1 ? `    ${style.dim(split.join('   ').trimEnd())}` : ''}`;
    return [all, `${base}${share}`, base].find((line) => measureWidth(line) <= width) ?? base;
  });
}

/** Counts failures that the next channel may still fix in a line of their own. */
function buildLines(status: Status, counts: readonly StatusCount[], style: Style): Line[] {
  const here = counts.filter((one) => one.status === status && one.count > 0);
  if (!isFailed(status)) return buildLine(labels[status] ?? status, here, statusLook(status, style));
  const fallingBack = here.filter(({ final }) => !final);
  const final = here.filter((one) => one.final);
  const wait = { sign: style.yellow(style.symbols.wait), paint: style.yellow };
  return [
    ...buildLine('falling back', fallingBack, wait),
    ...buildLine(status, final, statusLook(status, style)),
  ];
}

function buildLine(word: string, counts: readonly StatusCount[], look: Pick<Line, 'sign' | 'paint'>): Line[] {
  if (counts.length === 0) return [];
  const channels = new Map<string, number>();
  for (const { channel, count } of counts) channels.set(channel, (channels.get(channel) ?? 0) + count);
  return [{ ...look, word, count: sumCounts(counts), channels }];
}

/** Returns icon and color of a status. The icon carries the same information as the color. */
function statusLook(status: Status, style: Style): Pick<Line, 'sign' | 'paint'> {
  const { symbols } = style;
  if (isArrived(status)) return { sign: style.green(symbols.ok), paint: style.green };
  if (isFailed(status)) return { sign: style.red(symbols.bad), paint: style.red };
  if (status === 'queued') return { sign: style.dim(symbols.skip), paint: (text) => text };
  return { sign: style.yellow(symbols.wait), paint: style.yellow };
}
