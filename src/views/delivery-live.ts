import type { Context } from '../app/context.ts';
import { type Delivery, displayAttempts, isFinal, reasonOf, statusOf } from '../message/delivery.ts';
import type { Status } from '../message/event.ts';
import { clean } from '../output/clean.ts';
import { openLive } from '../output/live.ts';
import { type Style, styleFor } from '../output/style.ts';
import { formatClockTime } from './delivery-columns.ts';
import { renderTimeline, statusIcon } from './delivery-timeline.ts';
import type { View } from './view.ts';

/** Lines that a message with its chain takes. */
const linesPerMessage = 6;

/**
 * Draws messages in place on a terminal: a few with their whole chains, many as counts and one line for each message that
 * changed last.
 */
export async function liveView({ io, clock, notices }: Context): Promise<View> {
  const style = await styleFor(io.stdout);
  const live = await openLive(io.stdout);
  let all: readonly Delivery[] = [];
  const latest = new Map<string, Delivery>();
  const frame = () => {
    const few = all.length * linesPerMessage <= Math.max(io.stdout.rows - 2, linesPerMessage);
    return few
      ? all.map((delivery) => renderTimeline(delivery, clock.now(), io.stdout.columns, style)).join('\n\n')
      : compactView(all, [...latest.values()], io.stdout.rows, style);
  };
  notices.setRegion({ clear: live.clear, restore: () => live.paint(frame), done: live.done });
  // The elapsed time is part of the frame.
  const ticking = setInterval(() => live.paint(frame), 500);
  return {
    change(changed, shown) {
      all = shown;
      for (const delivery of changed) {
        latest.delete(delivery.plan.id);
        latest.set(delivery.plan.id, delivery);
      }
      live.paint(frame);
    },
    end(shown) {
      clearInterval(ticking);
      all = shown;
      live.paint(frame);
      live.done();
      notices.setRegion(undefined);
    },
  };
}

function compactView(
  all: readonly Delivery[],
  latest: readonly Delivery[],
  rows: number,
  style: Style,
): string {
  const counts = new Map<Status, number>();
  for (const delivery of all) counts.set(statusOf(delivery), (counts.get(statusOf(delivery)) ?? 0) + 1);
  const summary = [...counts]
    .map(([status, count]) => `${statusIcon(status, style)} ${status} ${count}`)
    .join('   ');
  const final = all.filter(isFinal).length;
  const lines = latest
    .slice(-Math.max(rows - 5, 3))
    .reverse()
    .map((delivery) => line(delivery, style));
  return [`${style.bold(`${final} of ${all.length} final`)}   ${summary}`, '', ...lines].join('\n');
}

function line(delivery: Delivery, style: Style): string {
  const chain = displayAttempts(delivery).map(
    ({ channel, status }) => `${statusIcon(status, style)} ${channel}`,
  );
  const reason = reasonOf(delivery);
  return `${style.dim(formatClockTime(delivery.updatedAt))}  ${delivery.plan.to.padEnd(16)} ${statusOf(delivery).padEnd(12)} ${chain.join(style.dim(' > '))}  ${style.dim(reason ? clean(reason) : '')}`.trimEnd();
}
