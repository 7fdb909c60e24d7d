import type { Bulk } from '../../message/bulk.ts';
import { gauge } from '../../output/bars.ts';
import { repaints } from '../../output/cursor.ts';
import { openLive } from '../../output/live.ts';
import { styleFor } from '../../output/style.ts';
import type { Context } from '../context.ts';
import { percent } from './amounts.ts';
import { funnel } from './funnel.ts';
import { doneOf, ended, fittingLine, going, type Speed, type Stage, told } from './headline.ts';

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
  return place.painted && repaints(io.stderr, io.env)
    ? picture(bulk, place.stays, context)
    : lines(bulk, context);
}

async function picture(bulk: Bulk, stays: boolean, { io, talk, clock }: Context): Promise<ProgressView> {
  const style = await styleFor(io.stderr);
  const live = await openLive(io.stderr);
  const speed = speedometer(bulk, clock);
  let frame = () => '';
  const draw = (stage: Stage, pieces: readonly string[]) => {
    const { columns } = io.stderr;
    const share = doneOf(stage, bulk) / Math.max(bulk.rows, 1);
    const width = Math.max(Math.min(columns - 8, longestGauge), 10);
    const drawn = gauge(share, width, style.unicode);
    return [
      `${share >= 1 ? style.green(drawn) : style.cyan(drawn)} ${`${Math.floor(share * 100)} %`.padStart(5)}`,
      style.bold(fittingLine(pieces, columns)),
      ...funnel(stage.counts, columns, style),
    ].join('\n');
  };
  let last: Stage | undefined;
  const repaint = () => {
    if (last) live.paint(frame);
  };
  talk.above({ wipe: live.wipe, restore: repaint });
  // The time that passes is part of the picture.
  const ticking = setInterval(repaint, tick);
  return {
    show(stage) {
      last = stage;
      frame = () => draw(stage, going(stage, bulk, speed.at(stage)));
      live.paint(frame);
    },
    end() {
      clearInterval(ticking);
      talk.above(undefined);
      const final = last;
      if (final === undefined || !stays) return live.drop();
      const whole = speed.whole(final);
      live.paint(() => draw(final, ended(final, bulk, whole)));
      live.done();
    },
  };
}

function lines(bulk: Bulk, { talk, clock }: Context): ProgressView {
  const speed = speedometer(bulk, clock);
  let next = clock.monotonic() + pause;
  let last: Stage | undefined;
  return {
    show(stage) {
      last = stage;
      const now = speed.at(stage);
      if (clock.monotonic() < next) return;
      next = clock.monotonic() + pause;
      const share = percent(doneOf(stage, bulk), bulk.rows);
      talk.note([...going(stage, bulk, now), share, ...told(stage.counts)].join('   '));
    },
    end() {
      if (last) talk.note([...ended(last, bulk, speed.whole(last)), ...told(last.counts)].join('   '));
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
        held: Math.max((stage.heldUntil ?? 0) - now, 0),
      };
    },
    whole(stage: Stage): Speed {
      const elapsed = clock.monotonic() - begin;
      const fresh = doneOf(stage, bulk) - (before ?? 0);
      return { rate: rateOf(fresh, elapsed), fresh, elapsed, held: 0 };
    },
  };
}
