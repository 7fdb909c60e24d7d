import type { Context } from '../app/context.ts';
import type { Bulk, StatusCount } from '../message/bulk.ts';
import { isArrived, isFailed, type Status } from '../message/event.ts';
import { drawGauge } from '../output/bars.ts';
import { canRepaint } from '../output/cursor.ts';
import { openLive } from '../output/live.ts';
import { styleFor } from '../output/style.ts';
import {
  formatDuration,
  formatDurationExactly,
  formatNumber,
  formatPercent,
  sumCounts,
} from '../output/units.ts';
import { measureWidth } from '../output/width.ts';
import { statusBreakdown } from './bulk-breakdown.ts';

/** Says how far a bulk has come, while it is sent and followed. */
export interface ProgressView {
  show(stage: Stage): void;
  end(): void;
}

/** Where it is said. */
export interface Place {
  /** Whether a region of the screen may be kept for it. */
  painted: boolean;
  /** Whether its last picture stays, because nothing tells the same after it. */
  stays: boolean;
}

/** Off a terminal a line each so many milliseconds. */
const pause = 5_000;

/** The rate is that of so many milliseconds. */
const recent = 5_000;

/** Milliseconds after which a picture is drawn anew though nothing has changed. */
const tick = 500;

/** The widest that a gauge gets: one looks at its end and at the number behind it. */
const longestGauge = 60;

export async function progressView(bulk: Bulk, place: Place, context: Context): Promise<ProgressView> {
  const { io, settings } = context;
  if (settings.quiet) return { show() {}, end() {} };
  return place.painted && canRepaint(io.stderr, io.env)
    ? picture(bulk, place.stays, context)
    : lines(bulk, context);
}

async function picture(bulk: Bulk, stays: boolean, { io, notices, clock }: Context): Promise<ProgressView> {
  const style = await styleFor(io.stderr);
  const live = await openLive(io.stderr);
  const speed = speedometer(bulk, clock);
  let frame = () => '';
  const draw = (stage: Stage, pieces: readonly string[]) => {
    const { columns } = io.stderr;
    const share = doneOf(stage, bulk) / Math.max(bulk.rows, 1);
    const width = Math.max(Math.min(columns - 8, longestGauge), 10);
    const drawn = drawGauge(share, width, style.unicode);
    return [
      `${share >= 1 ? style.green(drawn) : style.cyan(drawn)} ${`${Math.floor(share * 100)} %`.padStart(5)}`,
      style.bold(fittingLine(pieces, columns)),
      ...statusBreakdown(stage.counts, columns, style),
    ].join('\n');
  };
  let last: Stage | undefined;
  const repaint = () => {
    if (last) live.paint(frame);
  };
  notices.setRegion({ clear: live.clear, restore: repaint });
  // The time that passes is part of the picture.
  const ticking = setInterval(repaint, tick);
  return {
    show(stage) {
      last = stage;
      frame = () => draw(stage, progressParts(stage, bulk, speed.at(stage)));
      live.paint(frame);
    },
    end() {
      clearInterval(ticking);
      notices.setRegion(undefined);
      const final = last;
      if (final === undefined || !stays) return live.discard();
      const whole = speed.whole(final);
      live.paint(() => draw(final, summaryParts(final, bulk, whole)));
      live.done();
    },
  };
}

function lines(bulk: Bulk, { notices, clock }: Context): ProgressView {
  const speed = speedometer(bulk, clock);
  let next = clock.monotonic() + pause;
  let last: Stage | undefined;
  return {
    show(stage) {
      last = stage;
      const now = speed.at(stage);
      if (clock.monotonic() < next) return;
      next = clock.monotonic() + pause;
      const share = formatPercent(doneOf(stage, bulk), bulk.rows);
      notices.info([...progressParts(stage, bulk, now), share, ...told(stage.counts)].join('   '));
    },
    end() {
      if (last)
        notices.info([...summaryParts(last, bulk, speed.whole(last)), ...told(last.counts)].join('   '));
    },
  };
}

/** Measures how fast it goes: of late, and on the whole. */
function speedometer(bulk: Bulk, clock: Context['clock']) {
  const begin = clock.monotonic();
  /** What was done before this run is not its merit. */
  let before: number | undefined;
  let what: Stage['what'] | undefined;
  const history: { at: number; done: number }[] = [];
  const rateOf = (done: number, span: number) => (span > 0 ? (done * 1_000) / span : 0);
  return {
    at(stage: Stage): Speed {
      const now = clock.monotonic();
      const done = doneOf(stage, bulk);
      if (stage.what !== what) history.length = 0;
      what = stage.what;
      before ??= done;
      history.push({ at: now, done });
      while (history.length > 2 && (history[1]?.at ?? now) < now - recent) history.shift();
      const first = history[0] ?? { at: now, done };
      return {
        rate: rateOf(done - first.done, now - first.at),
        fresh: done - before,
        elapsed: now - begin,
        held: Math.max((stage.pausedUntil ?? 0) - now, 0),
      };
    },
    whole(stage: Stage): Speed {
      const elapsed = clock.monotonic() - begin;
      const fresh = doneOf(stage, bulk) - (before ?? 0);
      return { rate: rateOf(fresh, elapsed), fresh, elapsed, held: 0 };
    },
  };
}

/** How far a bulk has come, besides what its messages tell. */
export interface Stage {
  what: 'sending' | 'following';
  counts: readonly StatusCount[];
  underWay: number;
  /** Until when the gateway is left alone, if it is. */
  pausedUntil?: number | undefined;
}

/** How fast it goes. */
export interface Speed {
  /** Messages a second of late, or of the whole once it has ended. */
  rate: number;
  /** How many have come so far since it was begun: a bulk may have been begun before. */
  fresh: number;
  /** Milliseconds since it was begun. */
  elapsed: number;
  /** Milliseconds that the gateway is still to be left alone. */
  held: number;
}

/** How many of its messages have had what is being done to them. */
export function doneOf({ what, counts }: Stage, { rows }: Pick<Bulk, 'rows'>): number {
  if (what === 'following') return sumCounts(counts.filter(({ final }) => final));
  // What is in doubt may have been sent, and may not.
  return rows - sumCounts(counts.filter(({ status }) => status === 'queued' || status === 'unknown'));
}

/** While it goes, in pieces: the last ones may be left away where there is no room. */
export function progressParts(
  stage: Stage,
  { rows }: Pick<Bulk, 'rows'>,
  { rate, elapsed, held }: Speed,
): string[] {
  const done = doneOf(stage, { rows });
  if (stage.what === 'following')
    return [
      `following  ${formatNumber(done)} of ${formatNumber(rows)} final`,
      `for ${formatDuration(elapsed)}`,
    ];
  const left = rate > 0 && done < rows ? [`${formatDuration(((rows - done) * 1_000) / rate)} left`] : [];
  const going = held > 0 ? [`waiting ${Math.ceil(held / 1_000)} s`] : rate > 0 ? [`${rateText(rate)}/s`] : [];
  return [
    `sending  ${formatNumber(done)} of ${formatNumber(rows)}`,
    ...going,
    ...left,
    ...(stage.underWay > 0 ? [`${formatNumber(stage.underWay)} in flight`] : []),
  ];
}

/** When it has ended, in the same way. */
export function summaryParts(
  stage: Stage,
  { rows }: Pick<Bulk, 'rows'>,
  { rate, elapsed, fresh }: Speed,
): string[] {
  const done = doneOf(stage, { rows });
  const time = `in ${formatDurationExactly(elapsed)}`;
  const all = formatNumber(rows);
  if (stage.what === 'following') return [`${formatNumber(done)} of ${all} final`, time];
  const now = fresh < done ? [`${formatNumber(fresh)} in this run`] : [];
  const doubt = sumCounts(stage.counts.filter(({ status }) => status === 'unknown'));
  if (done < rows)
    return [
      `${formatNumber(done)} of ${all} sent`,
      ...now,
      ...(rows - done > doubt ? [`${formatNumber(rows - done - doubt)} not sent`] : []),
      ...(doubt > 0 ? [`${formatNumber(doubt)} in doubt`] : []),
      time,
    ];
  // Of a moment no rate can be told.
  return [`${all} sent`, ...now, time, ...(rate > 0 && elapsed >= 1_000 ? [`${rateText(rate)}/s`] : [])];
}

/** What has become of those that left: for a line, where no picture is drawn. */
export function told(counts: readonly StatusCount[]): string[] {
  const of = (word: string, wanted: (status: Status, final: boolean) => boolean) => {
    const count = sumCounts(counts.filter(({ status, final }) => wanted(status, final)));
    return count === 0 ? [] : [`${formatNumber(count)} ${word}`];
  };
  return [
    ...of('delivered', isArrived),
    ...of('failed', (status, final) => final && isFailed(status)),
    ...of('in doubt', (status) => status === 'unknown'),
  ];
}

/** As many of the pieces as have room in a line. */
export function fittingLine(pieces: readonly string[], width: number): string {
  let line = pieces[0] ?? '';
  for (const piece of pieces.slice(1)) {
    if (measureWidth(line) + 3 + measureWidth(piece) > width) break;
    line += `   ${piece}`;
  }
  return line;
}

function rateText(rate: number): string {
  return rate >= 10 ? formatNumber(Math.round(rate)) : rate.toFixed(1);
}
