import {
  type Attempt,
  type Delivery,
  inPlay,
  isFinal,
  reasonOf,
  statusOf,
  told,
} from '../message/delivery.ts';
import { isArrived, isFailed, type Status } from '../message/status.ts';
import { clean } from '../output/clean.ts';
import { type Style, styleFor } from '../output/style.ts';
import type { Context } from './context.ts';
import { clockTime, marked } from './delivery-columns.ts';
import type { View } from './show.ts';

/** Draws each message with its chain, once and at the end. */
export async function storyView({ io, clock, out }: Context): Promise<View> {
  const style = await styleFor(io.stdout);
  return {
    silent: true,
    change() {},
    end: (all) => out(`${all.map((delivery) => story(delivery, clock.now(), style)).join('\n\n')}\n`),
  };
}

/** A message and its chain: which channel was tried, what happened, what is being tried now, and when. */
export function story(delivery: Delivery, now: number, style: Style): string {
  const { plan, createdAt, updatedAt } = delivery;
  const attempts = told(delivery);
  const end = isFinal(delivery) ? updatedAt : Math.max(now, updatedAt);
  const head = `${marked(statusOf(delivery), style)}  ${style.bold(plan.to)}  ${style.dim(`${seconds(end - createdAt)}  ${plan.id}`)}`;
  const rows = plan.message.chain.map((channel) => {
    const attempt = attempts.find((one) => one.channel === channel);
    return attempt ? tried(attempt, createdAt, style) : untried(channel, delivery, style);
  });
  const why = attempts.length === 0 ? reasonOf(delivery) : null;
  return [head, ...rows, ...(why ? [`    ${clean(why)}`] : [])].join('\n');
}

const indent = '  ';

function tried({ channel, status, reason, at }: Attempt, begin: number, style: Style): string {
  const time = style.dim(`${clockTime(at)}  ${`+${seconds(Math.max(at - begin, 0))}`.padStart(7)}`);
  return `${indent}${sign(status, style)} ${channel.padEnd(9)} ${status.padEnd(12)} ${time}  ${reason ? clean(reason) : ''}`.trimEnd();
}

/** A channel nobody has heard of yet: its turn comes, or it will not be needed. */
function untried(channel: string, delivery: Delivery, style: Style): string {
  const words = isFinal(delivery)
    ? 'not needed'
    : delivery.attempts.length === 0 && channel === inPlay(delivery)
      ? 'sending'
      : 'next, if needed';
  return style.dim(`${indent}${style.symbols.skip} ${channel.padEnd(9)} ${words}`);
}

/** Tells by shape what the colour tells too. */
export function sign(status: Status, style: Style): string {
  if (isArrived(status)) return style.green(style.symbols.ok);
  return isFailed(status) ? style.red(style.symbols.bad) : style.yellow(style.symbols.wait);
}

function seconds(milliseconds: number): string {
  if (milliseconds < 100_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.round(milliseconds / 60_000)} min`;
}
