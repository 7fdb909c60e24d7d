import type { Context } from '../../app/context.ts';
import { Failure } from '../../errors.ts';
import { hintOf } from '../../input/hints.ts';
import type { Ask, Option } from '../../input/prompt.ts';
import type { Ledger } from '../../ledger/api.ts';
import type { ChannelName } from '../../message/channels/channel.ts';
import { channelFacts } from '../../message/channels/facts.ts';
import { currentChannel } from '../../message/delivery.ts';
import { type Country, type Phone, parsePhone } from '../../message/phone.ts';
import { describeTypedPhone } from '../../message/phone-hint.ts';
import type { Instant } from '../../message/time.ts';
import { styleFor } from '../../output/style.ts';
import { describeOptOut } from '../../views/opt-outs.ts';
import { inLines } from './lines.ts';

/** Recent destinations offered. */
const most = 5;

/**
 * Asks for a destination: one that is typed, of which it is said what it is so far, or one of the latest. `named` is
 * the country of numbers without a country code, where the line names one. Who has opted out is not offered, and not
 * taken unless the line says why they are written to.
 */
export async function askDestination(
  ask: Ask,
  named: Country | undefined,
  isForced: boolean,
  context: Context,
): Promise<string> {
  const home = named ?? context.settings.country;
  const tell = await describeTypedPhone(home);
  const { stderr } = context.io;
  const style = await styleFor(stderr);
  const said = (text: string) => inLines(text, stderr.columns, style);
  const ledger = await context.ledger();
  const latest = await recentDestinations(ledger, most);
  const out = isForced ? new Map() : await ledger.optOuts.findByPhone(latest.map(({ to }) => to));
  const recent = latest.filter(({ to }) => !out.has(to));
  const now = context.clock.now();
  const known = await Promise.all(
    recent.map(async (one) => ({ ...one, shown: (await tell(one.to)).formatted })),
  );
  const width = Math.max(0, ...known.map(({ shown }) => shown.length));

  const optionOf = (to: Phone, shown: string, before: Recent | undefined): Option<string> => ({
    name: before
      ? `${shown.padEnd(width)}  ${ago(before.at, now)}, ${channelFacts[before.channel].title}`
      : shown,
    short: shown,
    value: to,
    description: '',
  });

  return ask.textOrOffer('To which number?', async (given) => {
    // Tab brings a line of the list, with all that stands in it.
    const typed = known.find(({ shown }) => given.startsWith(`${shown}  `))?.shown ?? given;
    const { number: read, formatted, hint } = await tell(typed);
    const refusal = read && !isForced ? await refusalOf(read, ledger) : '';
    const number = refusal ? undefined : read;
    const isEmpty = typed.trim() === '';
    const digits = typed.replace(/\D/g, '');
    const fitting = isEmpty ? known : known.filter(({ to }) => digits && to.includes(digits));
    const others = fitting.filter(({ to }) => to !== number);
    const before = known.find(({ to }) => to === number);
    return {
      remark: said(isEmpty && known.length > 0 ? 'type a number, or choose a recent one' : refusal || hint)
        .map(style.dim)
        .join('\n'),
      options: [
        ...(number ? [optionOf(number, formatted, before)] : []),
        ...others.map((one) => optionOf(one.to, one.shown, one)),
      ],
      complaint: number
        ? ''
        : said(refusal || (await complaintOn(typed, home)))
            .map(style.red)
            .join('\n'),
    };
  });
}

/** Why a number may not be written to; '' where it may. */
async function refusalOf(number: Phone, { optOuts }: Ledger): Promise<string> {
  const optOut = (await optOuts.findByPhone([number])).get(number);
  return optOut ? `${number} has opted out, ${describeOptOut(optOut)}` : '';
}

async function complaintOn(typed: string, home: Country | undefined): Promise<string> {
  if (typed.trim() === '') return 'a number is required';
  try {
    await parsePhone(typed, home);
    return '';
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return [cause.message, hintOf(cause)].filter(Boolean).join('\n');
  }
}

/** A destination that something was sent to. */
export interface Recent {
  to: Phone;
  /** The channel last in play. */
  channel: ChannelName;
  at: Instant;
}

/** Messages looked through for destinations. */
const latest = 200;

/** The destinations of the latest messages, the newest first and each once. */
export async function recentDestinations(ledger: Ledger, most: number): Promise<Recent[]> {
  const found = new Map<Phone, Recent>();
  for (const delivery of await ledger.list({ limit: latest })) {
    const { to } = delivery.plan;
    if (!found.has(to)) found.set(to, { to, channel: currentChannel(delivery), at: delivery.createdAt });
    if (found.size === most) break;
  }
  return [...found.values()];
}

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** How long ago something was, in a few letters; the day itself when it was more than a month ago. */
export function ago(at: Instant, now: Instant): string {
  const passed = now - at;
  if (passed < minute) return 'just now';
  if (passed < hour) return `${Math.floor(passed / minute)} min ago`;
  if (passed < day) return `${Math.floor(passed / hour)} h ago`;
  if (passed < 2 * day) return 'a day ago';
  if (passed < 31 * day) return `${Math.floor(passed / day)} days ago`;
  return new Date(at).toISOString().slice(0, 10);
}
