import type { Bulk, Count } from '../../message/bulk.ts';
import { openLive } from '../../output/live.ts';
import { styleFor } from '../../output/style.ts';
import type { Context } from '../context.ts';
import { lengthOf } from './amounts.ts';
import { sum } from './approve.ts';
import { funnel } from './funnel.ts';

/** How far a bulk has come, besides what its messages tell. */
export interface Stage {
  what: 'sending' | 'following';
  counts: readonly Count[];
  underWay: number;
  /** Until when the gateway is left alone, if it is. */
  heldUntil?: number | undefined;
}

/** Says how far a bulk has come, while it is sent and followed. */
export interface ProgressView {
  show(stage: Stage): void;
  end(): void;
}

/** Off a terminal a line each so many milliseconds. */
const pause = 5_000;

/** The rate is that of so many milliseconds. */
const recent = 5_000;

/** `painted`: whether a region of the screen may be kept for it. */
export async function progressView(bulk: Bulk, painted: boolean, context: Context): Promise<ProgressView> {
  const { io, talk, clock, settings } = context;
  if (settings.quiet) return { show() {}, end() {} };
  const style = await styleFor(io.stderr);
  const history: { at: number; done: number }[] = [];

  function measured({ counts }: Stage): { done: number; rate: number; left: number | undefined } {
    const now = clock.now();
    const done = bulk.rows - sum(counts.filter(({ status }) => status === 'queued'));
    history.push({ at: now, done });
    while (history.length > 2 && (history[1]?.at ?? now) < now - recent) history.shift();
    const [first] = history;
    const span = first ? now - first.at : 0;
    const rate = first && span > 0 ? ((done - first.done) * 1_000) / span : 0;
    return { done, rate, left: rate > 0 ? ((bulk.rows - done) * 1_000) / rate : undefined };
  }

  function headline(stage: Stage): string {
    const { done, rate, left } = measured(stage);
    const total = bulk.rows.toLocaleString('en');
    if (stage.what === 'following') {
      const final = sum(stage.counts.filter(({ final }) => final));
      return `following  ${final.toLocaleString('en')} of ${total} final`;
    }
    const held = (stage.heldUntil ?? 0) - clock.now();
    return [
      `sending  ${done.toLocaleString('en')} of ${total}`,
      `${rate >= 10 ? Math.round(rate).toLocaleString('en') : rate.toFixed(1)}/s`,
      `${stage.underWay} in flight`,
      ...(held > 0
        ? [`waiting ${lengthOf(held)} as the gateway asks`]
        : left !== undefined && done < bulk.rows
          ? [`${lengthOf(left)} left`]
          : []),
    ].join('   ');
  }

  if (painted && io.stderr.isTTY) {
    const live = await openLive(io.stderr);
    let latest: Stage | undefined;
    const frame = () =>
      latest
        ? [
            bar(sum(latest.counts.filter(isOver(latest))) / bulk.rows, io.stderr.columns, style.unicode),
            style.bold(headline(latest)),
            ...funnel(latest.counts, style),
          ].join('\n')
        : '';
    talk.above({ wipe: live.wipe, restore: () => live.paint(frame) });
    return {
      show(stage) {
        latest = stage;
        live.paint(frame);
      },
      end() {
        live.paint(frame);
        live.done();
        talk.above(undefined);
      },
    };
  }
  let next = clock.now() + pause;
  let last: Stage | undefined;
  return {
    show(stage) {
      last = stage;
      if (clock.now() < next) return;
      next = clock.now() + pause;
      talk.note([headline(stage), ...told(stage.counts)].join('   '));
    },
    end() {
      if (last) talk.note([headline({ ...last, underWay: 0 }), ...told(last.counts)].join('   '));
    },
  };
}

function isOver({ what }: Stage): (count: Count) => boolean {
  return what === 'following' ? ({ final }) => final : ({ status }) => status !== 'queued';
}

function told(counts: readonly Count[]): string[] {
  const byStatus = new Map<string, number>();
  for (const { status, count } of counts) byStatus.set(status, (byStatus.get(status) ?? 0) + count);
  return [...byStatus]
    .filter(([status]) => status !== 'queued')
    .map(([status, count]) => `${status} ${count}`);
}

function bar(share: number, columns: number, unicode: boolean): string {
  const width = Math.max(Math.min(columns - 8, 60), 10);
  const full = Math.round(Math.min(share, 1) * width);
  const [on, off] = unicode ? ['█', '░'] : ['#', '.'];
  return `${on.repeat(full)}${off.repeat(width - full)} ${String(Math.floor(share * 100)).padStart(3)} %`;
}
