import type { Context } from '../app/context.ts';
import type { Attempt } from '../message/attempt.ts';
import { remainingWindowMs } from '../message/channels/window.ts';
import {
  currentChannel,
  type Delivery,
  displayAttempts,
  isFinal,
  type Phase,
  priceOf,
  reasonOf,
} from '../message/delivery.ts';
import { isArrived, isFailed, type Status } from '../message/event.ts';
import type { Instant } from '../message/time.ts';
import { clean } from '../output/clean.ts';
import { type Style, styleFor } from '../output/style.ts';
import { formatDuration, formatMinute } from '../output/units.ts';
import { formatClockTime, renderStatus } from './delivery-columns.ts';
import { describeOverrides } from './opt-outs.ts';
import type { View } from './view.ts';

/** Draws each message with its chain once, at the end, followed by notes from the ledger. */
export async function timelineView({ io, clock, out, ledger }: Context): Promise<View> {
  const style = await styleFor(io.stdout);
  return {
    silent: true,
    change() {},
    async end(all) {
      const { inbounds } = await ledger();
      const wrote = await inbounds.lastByPhone(
        all.filter(isOnWhatsapp).map(({ plan }) => plan.to),
        'whatsapp',
      );
      const timelines = all.map((delivery) => {
        const notes = describeNotes(
          delivery,
          isOnWhatsapp(delivery) ? wrote.get(delivery.plan.to) : undefined,
          clock.now(),
        );
        return [
          renderTimeline(delivery, clock.now(), io.stdout.columns, style),
          ...notes.map((line) => `${indent}${style.dim(line)}`),
        ].join('\n');
      });
      out(`${timelines.join('\n\n')}\n`);
    },
  };
}

function isOnWhatsapp({ plan }: Delivery): boolean {
  return plan.message.chain.includes('whatsapp');
}

/** Describes its plan and price, overrides, a resolution by hand, and how long the window stays open. */
function describeNotes(delivery: Delivery, wrote: Instant | undefined, now: Instant): string[] {
  const { plan, resolution } = delivery;
  const { scheduledAt, campaign } = plan.message;
  const price = priceOf(delivery);
  const left = remainingWindowMs(wrote, now);
  const window = left > 0 ? `${formatDuration(left)} left` : 'closed';
  return [
    ...(scheduledAt == null ? [] : [`planned for ${formatMinute(scheduledAt)}`]),
    ...(campaign == null ? [] : [`campaign: ${clean(campaign)}`]),
    ...(price === null ? [] : [`price: ${price} EUR`]),
    ...describeOverrides(plan.overrides),
    ...(resolution === undefined ? [] : [`settled by hand: ${clean(resolution)}`]),
    ...(wrote === undefined ? [] : [`customer-service window: ${window}`]),
  ];
}

/** Width below which a line shows only icon, channel, delay and reason, in cells. */
const minFullWidth = 64;

/** Renders a message and its chain of channels, with statuses and times, for a screen `width` cells wide. */
export function renderTimeline(delivery: Delivery, now: number, width: number, style: Style): string {
  const { plan, createdAt, updatedAt } = delivery;
  const attempts = displayAttempts(delivery);
  const end = isFinal(delivery) ? updatedAt : Math.max(now, updatedAt);
  const head = `${renderStatus(delivery, style)}  ${style.bold(plan.to)}  ${style.dim(`${seconds(end - createdAt)}  ${plan.id}`)}`;
  const { chain } = plan.message;
  // The gateway may send an SMS over RCS, or fall back by itself.
  const tried = attempts.map(({ channel }) => channel);
  const others = tried.filter((channel) => !chain.includes(channel));
  const isMoved = others.length > 0 && !chain.some((channel) => tried.includes(channel));
  const rows = [...(isMoved ? [] : chain), ...others].map((channel) => {
    const attempt = attempts.find((one) => one.channel === channel);
    return attempt
      ? renderAttempt(attempt, createdAt, width, style)
      : renderUntried(channel, delivery, style);
  });
  const why = attempts.length === 0 ? reasonOf(delivery) : null;
  return [head, ...rows, ...(why ? [`    ${clean(why)}`] : [])].join('\n');
}

const indent = '  ';

function renderAttempt(
  { channel, status, reason, at }: Attempt,
  begin: number,
  width: number,
  style: Style,
): string {
  const delay = `+${seconds(Math.max(at - begin, 0))}`.padStart(7);
  const what = `${indent}${statusIcon(status, style)} ${channel.padEnd(9)}`;
  const why = reason ? clean(reason) : '';
  if (width < minFullWidth) return `${what}${style.dim(delay)}  ${why || status}`;
  return `${what} ${status.padEnd(12)} ${style.dim(`${formatClockTime(at)}  ${delay}`)}  ${why}`.trimEnd();
}

/** Renders a channel without an attempt: it is next, or not needed. */
function renderUntried(channel: string, delivery: Delivery, style: Style): string {
  const isFirst = delivery.attempts.length === 0 && channel === currentChannel(delivery);
  const words = isFinal(delivery) ? 'not needed' : isFirst ? phaseLabels[delivery.phase] : 'next, if needed';
  return style.dim(`${indent}${style.symbols.skip} ${channel.padEnd(9)} ${words}`);
}

/** Labels of the first channel while the gateway has reported no attempt. */
const phaseLabels: Record<Phase, string> = {
  queued: 'not sent',
  sending: 'sending',
  doubt: 'in doubt',
  accepted: 'submitted',
  refused: 'not needed',
};

/** Returns the icon of a status, in its color. The icon carries the same information as the color. */
export function statusIcon(status: Status, style: Style): string {
  if (isArrived(status)) return style.green(style.symbols.ok);
  return isFailed(status) ? style.red(style.symbols.bad) : style.yellow(style.symbols.wait);
}

function seconds(milliseconds: number): string {
  if (milliseconds < 100_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.round(milliseconds / 60_000)} min`;
}
