import type { Context } from '../../app/context.ts';
import { Failure } from '../../errors.ts';
import { findHint } from '../../input/hints.ts';
import type { Ask, Option } from '../../input/prompt.ts';
import type { Ledger } from '../../ledger/api.ts';
import { type ChannelName, channelTitles } from '../../message/channels/channel.ts';
import { currentChannel } from '../../message/delivery.ts';
import { type Country, type Phone, parsePhone } from '../../message/phone.ts';
import { describeTypedPhone } from '../../message/phone-hint.ts';
import type { Instant } from '../../message/time.ts';
import { styleFor } from '../../output/style.ts';
import { describeOptOut } from '../../services/validate/recipient.ts';
import { breakLines } from './lines.ts';

/** Number of recent destinations offered. */
const maxRecent = 5;

/**
 * Asks for a destination: a typed number, with a live description, or one of the recent ones. `named` is the value of
 * --country. Destinations that opted out are not offered, and accepted only if `isForced`.
 */
export async function askDestination(
  ask: Ask,
  named: Country | undefined,
  isForced: boolean,
  context: Context,
): Promise<string> {
  const home = named ?? context.settings.country;
  const describe = await describeTypedPhone(home);
  const { stderr } = context.io;
  const style = await styleFor(stderr);
  const toLines = (text: string) => breakLines(text, stderr.columns, style);
  const ledger = await context.ledger();
  const latest = await recentDestinations(ledger, maxRecent);
  const out = isForced ? new Map() : await ledger.optOuts.findByPhone(latest.map(({ to }) => to));
  const recent = latest.filter(({ to }) => !out.has(to));
  const now = context.clock.now();
  const known = await Promise.all(
    recent.map(async (one) => ({ ...one, shown: (await describe(one.to)).formatted })),
  );
  const width = Math.max(0, ...known.map(({ shown }) => shown.length));

  const toOption = (to: Phone, shown: string, before: Recent | undefined): Option<string> => ({
    name: before
      ? `${shown.padEnd(width)}  ${formatAgo(before.at, now)}, ${channelTitles[before.channel]}`
      : shown,
    short: shown,
    value: to,
    description: '',
  });

  return ask.textOrOffer('To which number?', async (given) => {
    // Tab inserts a whole line of the list.
    const typed = known.find(({ shown }) => given.startsWith(`${shown}  `))?.shown ?? given;
    const { number: read, formatted, hint } = await describe(typed);
    const refusal = read && !isForced ? await describeRefusal(read, ledger) : '';
    const number = refusal ? undefined : read;
    const isEmpty = typed.trim() === '';
    const fitting = isEmpty ? known : known.filter(({ to, shown }) => beginsWith(to, shown, typed));
    const others = fitting.filter(({ to }) => to !== number);
    const before = known.find(({ to }) => to === number);
    return {
      remark: toLines(isEmpty && known.length > 0 ? 'type a number, or choose a recent one' : refusal || hint)
        .map(style.dim)
        .join('\n'),
      options: [
        ...(number ? [toOption(number, formatted, before)] : []),
        ...others.map((one) => toOption(one.to, one.shown, one)),
      ],
      complaint: number
        ? ''
        : toLines(refusal || (await describeProblem(typed, home)))
            .map(style.red)
            .join('\n'),
    };
  });
}

/**
 * Reports whether a number begins with what was typed of it, with or without its country code; `shown` is the number with
 * spaces, the country code apart. Enter takes the first recent number that fits, so a part in the middle is not enough.
 */
export function beginsWith(to: Phone, shown: string, typed: string): boolean {
  const digits = typed.replace(/\D/g, '');
  if (digits === '' || /[^\d\s+().\-/]/.test(typed)) return false;
  const isInternational = /^\s*(?:\+|00)/.test(typed);
  if (isInternational) return to.slice(1).startsWith(digits.replace(/^00/, ''));
  const national = shown.replace(/^\S+/, '').replace(/\D/g, '');
  return national.startsWith(digits) || to.slice(1).startsWith(digits);
}

/** Says why a number must not be written to; '' if it may. */
async function describeRefusal(number: Phone, { optOuts }: Ledger): Promise<string> {
  const optOut = (await optOuts.findByPhone([number])).get(number);
  return optOut ? `${number} opted out ${describeOptOut(optOut)}` : '';
}

async function describeProblem(typed: string, home: Country | undefined): Promise<string> {
  if (typed.trim() === '') return 'a number is required';
  try {
    await parsePhone(typed, home);
    return '';
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return [cause.message, findHint(cause)].filter(Boolean).join('\n');
  }
}

/** A destination used before. */
export interface Recent {
  to: Phone;
  /** The current channel of the last message. */
  channel: ChannelName;
  at: Instant;
}

/** Number of messages searched for recent destinations. */
const maxSearched = 200;

/** Returns the destinations of the latest messages, newest first and without duplicates. */
export async function recentDestinations(ledger: Ledger, limit: number): Promise<Recent[]> {
  const found = new Map<Phone, Recent>();
  for (const delivery of await ledger.list({ limit: maxSearched })) {
    const { to } = delivery.plan;
    if (!found.has(to)) found.set(to, { to, channel: currentChannel(delivery), at: delivery.createdAt });
    if (found.size === limit) break;
  }
  return [...found.values()];
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Formats how long ago an instant was; the date if it was more than a month ago. */
export function formatAgo(at: Instant, now: Instant): string {
  const passed = now - at;
  if (passed < minute) return 'just now';
  if (passed < hour) return `${Math.floor(passed / minute)} min ago`;
  if (passed < day) return `${Math.floor(passed / hour)} h ago`;
  if (passed < 2 * day) return 'a day ago';
  if (passed < 31 * day) return `${Math.floor(passed / day)} days ago`;
  return new Date(at).toISOString().slice(0, 10);
}
