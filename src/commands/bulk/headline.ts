import type { Bulk, Count } from '../../message/bulk.ts';
import { isArrived, isFailed, type Status } from '../../message/status.ts';
import { widthOf } from '../../output/width.ts';
import { exactLengthOf, figure, lengthOf, sum } from './amounts.ts';

/** How far a bulk has come, besides what its messages tell. */
export interface Stage {
  what: 'sending' | 'following';
  counts: readonly Count[];
  underWay: number;
  /** Until when the gateway is left alone, if it is. */
  heldUntil?: number | undefined;
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
  if (what === 'following') return sum(counts.filter(({ final }) => final));
  // What is in doubt may have been sent, and may not.
  return rows - sum(counts.filter(({ status }) => status === 'queued' || status === 'unknown'));
}

/** While it goes, in pieces: the last ones may be left away where there is no room. */
export function going(stage: Stage, { rows }: Pick<Bulk, 'rows'>, { rate, elapsed, held }: Speed): string[] {
  const done = doneOf(stage, { rows });
  if (stage.what === 'following')
    return [`following  ${figure(done)} of ${figure(rows)} final`, `for ${lengthOf(elapsed)}`];
  const left = rate > 0 && done < rows ? [`${lengthOf(((rows - done) * 1_000) / rate)} left`] : [];
  const going = held > 0 ? [`waiting ${Math.ceil(held / 1_000)} s`] : rate > 0 ? [`${rateText(rate)}/s`] : [];
  return [
    `sending  ${figure(done)} of ${figure(rows)}`,
    ...going,
    ...left,
    ...(stage.underWay > 0 ? [`${figure(stage.underWay)} in flight`] : []),
  ];
}

/** When it has ended, in the same way. */
export function ended(stage: Stage, { rows }: Pick<Bulk, 'rows'>, { rate, elapsed, fresh }: Speed): string[] {
  const done = doneOf(stage, { rows });
  const time = `in ${exactLengthOf(elapsed)}`;
  const all = figure(rows);
  if (stage.what === 'following') return [`${figure(done)} of ${all} final`, time];
  const now = fresh < done ? [`${figure(fresh)} of them now`] : [];
  const doubt = sum(stage.counts.filter(({ status }) => status === 'unknown'));
  if (done < rows)
    return [
      `${figure(done)} of ${all} sent`,
      ...now,
      ...(rows - done > doubt ? [`${figure(rows - done - doubt)} not sent`] : []),
      ...(doubt > 0 ? [`${figure(doubt)} in doubt`] : []),
      time,
    ];
  // Of a moment no rate can be told.
  return [`${all} sent`, ...now, time, ...(rate > 0 && elapsed >= 1_000 ? [`${rateText(rate)}/s`] : [])];
}

/** What has become of those that left: for a line, where no picture is drawn. */
export function told(counts: readonly Count[]): string[] {
  const of = (word: string, wanted: (status: Status, final: boolean) => boolean) => {
    const count = sum(counts.filter(({ status, final }) => wanted(status, final)));
    return count === 0 ? [] : [`${figure(count)} ${word}`];
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
    if (widthOf(line) + 3 + widthOf(piece) > width) break;
    line += `   ${piece}`;
  }
  return line;
}

function rateText(rate: number): string {
  return rate >= 10 ? figure(Math.round(rate)) : rate.toFixed(1);
}
