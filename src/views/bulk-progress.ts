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
import { measureWidth, shorten } from '../output/width.ts';
import type { BulkWorkerReport } from '../services/bulk/report.ts';
import { statusBreakdown } from './bulk-breakdown.ts';
import { countQueued, formatRate, workerLines } from './bulk-workers.ts';

/** Shows the progress of a bulk while it is sent and followed. */
export interface ProgressView {
  show(stage: Stage): void;
  /** Ends it, with a summary unless what it shows may be out of date. */
  end(isCurrent?: boolean): void;
}

/** Where progress is shown. */
export interface Place {
  /** True if it may keep a region of the screen. */
  painted: boolean;
  /** True if the last frame stays on the screen, because no other output repeats it. */
  stays: boolean;
}

/** Interval between progress lines without a terminal, in milliseconds. */
const lineIntervalMs = 5_000;

/** Period over which the rate is measured, in milliseconds. */
const rateWindowMs = 5_000;

/** Interval at which the frame is redrawn even without changes, in milliseconds. */
const redrawIntervalMs = 500;

/** Maximum width of the gauge, in cells. */
const maxGaugeWidth = 60;

export async function progressView(bulk: Bulk, place: Place, context: Context): Promise<ProgressView> {
  const { io, settings } = context;
  if (settings.quiet) return { show() {}, end() {} };
  return place.painted && canRepaint(io.stderr, io.env)
    ? openLiveView(bulk, place.stays, context)
    : openLineView(bulk, context);
}

async function openLiveView(
  bulk: Bulk,
  stays: boolean,
  { io, notices, clock }: Context,
): Promise<ProgressView> {
  const style = await styleFor(io.stderr);
  const live = await openLive(io.stderr);
  const speed = speedometer(bulk, clock);
  let frame = () => '';
  const draw = (stage: Stage, pieces: readonly string[]) => {
    const { columns } = io.stderr;
    const share = countDone(stage, bulk) / Math.max(bulk.rows, 1);
    const width = Math.max(Math.min(columns - 8, maxGaugeWidth), 10);
    const drawn = drawGauge(share, width, style.unicode);
    return [
      `${share >= 1 ? style.green(drawn) : style.cyan(drawn)} ${`${Math.floor(share * 100)} %`.padStart(5)}`,
      style.bold(fittingLine(pieces, columns)),
      ...statusBreakdown(stage.counts, columns, style),
      ...workerLines(listShownWorkers(stage), style).map((line) =>
        shorten(line, columns, style.symbols.more),
      ),
    ].join('\n');
  };
  let last: Stage | undefined;
  const repaint = () => {
    if (last) live.paint(frame);
  };
  notices.setRegion({ clear: live.clear, restore: repaint, done: live.done });
  // The elapsed time is part of the frame.
  const ticking = setInterval(repaint, redrawIntervalMs);
  return {
    show(stage) {
      last = stage;
      frame = () => draw(stage, progressParts(stage, bulk, speed.at(stage)));
      live.paint(frame);
    },
    end(isCurrent = true) {
      clearInterval(ticking);
      notices.setRegion(undefined);
      const final = last;
      if (final === undefined || !stays || !isCurrent) return live.discard();
      const whole = speed.whole(final);
      live.paint(() => draw(final, summaryParts(final, bulk, whole)));
      live.done();
    },
  };
}

function openLineView(bulk: Bulk, { notices, clock }: Context): ProgressView {
  const speed = speedometer(bulk, clock);
  let next = clock.monotonic() + lineIntervalMs;
  let last: Stage | undefined;
  return {
    show(stage) {
      last = stage;
      const now = speed.at(stage);
      if (clock.monotonic() < next) return;
      next = clock.monotonic() + lineIntervalMs;
      const share = formatPercent(countDone(stage, bulk), bulk.rows);
      const workers = listShownWorkers(stage).length;
      const atWork = workers > 0 ? [`${workers} at work`] : [];
      notices.info(
        [...progressParts(stage, bulk, now), share, ...resultParts(stage.counts), ...atWork].join('   '),
      );
    },
    end(isCurrent = true) {
      if (last && isCurrent)
        notices.info(
          [...summaryParts(last, bulk, speed.whole(last)), ...resultParts(last.counts)].join('   '),
        );
    },
  };
}

/** Measures the recent rate and the overall rate. */
function speedometer(bulk: Bulk, clock: Context['clock']) {
  const begin = clock.monotonic();
  /** Messages done before this run, which do not count for its rate. */
  let before: number | undefined;
  let what: Stage['what'] | undefined;
  const history: { at: number; done: number }[] = [];
  const perSecond = (done: number, span: number) => (span > 0 ? (done * 1_000) / span : 0);
  return {
    at(stage: Stage): Speed {
      const now = clock.monotonic();
      const done = countDone(stage, bulk);
      if (stage.what !== what) history.length = 0;
      what = stage.what;
      before ??= done;
      history.push({ at: now, done });
      while (history.length > 2 && (history[1]?.at ?? now) < now - rateWindowMs) history.shift();
      const first = history[0] ?? { at: now, done };
      return {
        rate: perSecond(done - first.done, now - first.at),
        fresh: done - before,
        elapsed: now - begin,
        held: stage.heldMs ?? 0,
      };
    },
    whole(stage: Stage): Speed {
      const elapsed = clock.monotonic() - begin;
      const fresh = countDone(stage, bulk) - (before ?? 0);
      return { rate: perSecond(fresh, elapsed), fresh, elapsed, held: 0 };
    },
  };
}

/** Stage of a bulk. */
export interface Stage {
  what: 'sending' | 'following';
  counts: readonly StatusCount[];
  underWay: number;
  /** Milliseconds until sending continues, if it is paused. */
  heldMs?: number;
  /** The processes that send it now. */
  workers?: readonly BulkWorkerReport[];
}

/** Lists the processes at work while there is something to send, unless that is only the one that shows its own progress. */
function listShownWorkers({ what, counts, workers = [] }: Stage): readonly BulkWorkerReport[] {
  if (countQueued(counts) === 0) return [];
  return what === 'following' || workers.length > 1 ? workers : [];
}

/** Speed of a bulk. */
export interface Speed {
  /** Messages per second: recent, or overall once the bulk has ended. */
  rate: number;
  /** Messages done in this run. */
  fresh: number;
  /** Milliseconds since the start of this run. */
  elapsed: number;
  /** Milliseconds until sending continues; 0 if it is not paused. */
  held: number;
}

/** Counts the messages that are done at this stage: sent, or final when following. */
export function countDone({ what, counts }: Stage, { rows }: Pick<Bulk, 'rows'>): number {
  if (what === 'following') return sumCounts(counts.filter(({ final }) => final));
  // Messages in doubt may or may not have been sent, so they are not counted.
  return rows - sumCounts(counts.filter(({ status }) => status === 'queued' || status === 'unknown'));
}

/** Describes a running bulk in parts; the last ones may be dropped if there is no room. */
export function progressParts(
  stage: Stage,
  { rows }: Pick<Bulk, 'rows'>,
  { rate, elapsed, held }: Speed,
): string[] {
  const done = countDone(stage, { rows });
  if (stage.what === 'following')
    return [
      `following  ${formatNumber(done)} of ${formatNumber(rows)} final`,
      `for ${formatDuration(elapsed)}`,
    ];
  const left = rate > 0 && done < rows ? [`${formatDuration(((rows - done) * 1_000) / rate)} left`] : [];
  const pace = held > 0 ? [`waiting ${Math.ceil(held / 1_000)} s`] : rate > 0 ? [formatRate(rate)] : [];
  return [
    `sending  ${formatNumber(done)} of ${formatNumber(rows)}`,
    ...pace,
    ...left,
    ...(stage.underWay > 0 ? [`${formatNumber(stage.underWay)} in flight`] : []),
  ];
}

/** Describes a bulk that has ended, in the same way; `resultParts` tells how many messages are in doubt. */
export function summaryParts(
  stage: Stage,
  { rows }: Pick<Bulk, 'rows'>,
  { rate, elapsed, fresh }: Speed,
): string[] {
  const done = countDone(stage, { rows });
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
      time,
    ];
  // Below a second the rate means nothing.
  return [`${all} sent`, ...now, time, ...(rate > 0 && elapsed >= 1_000 ? [formatRate(rate)] : [])];
}

/** Counts the results of the sent messages, for a progress line. */
export function resultParts(counts: readonly StatusCount[]): string[] {
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

/** Joins as many of the parts as fit in a line of `width` cells. */
export function fittingLine(pieces: readonly string[], width: number): string {
  let line = pieces[0] ?? '';
  for (const piece of pieces.slice(1)) {
    if (measureWidth(line) + 3 + measureWidth(piece) > width) break;
    line += `   ${piece}`;
  }
  return line;
}
