import { Failure } from '../../errors.ts';
import type { Ask, Option } from '../../input/ask.ts';
import { guide } from '../../message/guide.ts';
import { type Country, type Phone, phone } from '../../message/phone.ts';
import { phoneTyped } from '../../message/phone-typed.ts';
import { styleFor } from '../../output/style.ts';
import type { Context } from '../context.ts';
import { inLines } from './guided-lines.ts';
import { ago, type Recent, recentDestinations } from './guided-recent.ts';

/** Recent destinations offered. */
const most = 5;

/**
 * Asks for a destination: one that is typed, of which it is said what it is so far, or one of the latest. `named` is
 * the country of numbers without a country code, where the line names one.
 */
export async function askDestination(
  ask: Ask,
  named: Country | undefined,
  context: Context,
): Promise<string> {
  const home = named ?? context.settings.country;
  const tell = await phoneTyped(home);
  const { stderr } = context.io;
  const style = await styleFor(stderr);
  const said = (text: string) => inLines(text, stderr.columns, style);
  const recent = await recentDestinations(await context.ledger(), most);
  const now = context.clock.now();
  const known = await Promise.all(recent.map(async (one) => ({ ...one, shown: (await tell(one.to)).shown })));
  const width = Math.max(0, ...known.map(({ shown }) => shown.length));

  const optionOf = (to: Phone, shown: string, before: Recent | undefined): Option<string> => ({
    name: before ? `${shown.padEnd(width)}  ${ago(before.at, now)}, ${guide[before.channel].title}` : shown,
    short: shown,
    value: to,
    description: '',
  });

  return ask.textOrOffer('To which number?', async (given) => {
    // Tab brings a line of the list, with all that stands in it.
    const typed = known.find(({ shown }) => given.startsWith(`${shown}  `))?.shown ?? given;
    const { number, shown, remark } = await tell(typed);
    const isEmpty = typed.trim() === '';
    const digits = typed.replace(/\D/g, '');
    const fitting = isEmpty ? known : known.filter(({ to }) => digits && to.includes(digits));
    const others = fitting.filter(({ to }) => to !== number);
    const before = known.find(({ to }) => to === number);
    return {
      remark: said(isEmpty && known.length > 0 ? 'type a number, or take one of the latest' : remark)
        .map(style.dim)
        .join('\n'),
      options: [
        ...(number ? [optionOf(number, shown, before)] : []),
        ...others.map((one) => optionOf(one.to, one.shown, one)),
      ],
      complaint: number
        ? ''
        : said(await complaintOn(typed, home))
            .map(style.red)
            .join('\n'),
    };
  });
}

async function complaintOn(typed: string, home: Country | undefined): Promise<string> {
  if (typed.trim() === '') return 'a number is needed';
  try {
    await phone(typed, home);
    return '';
  } catch (cause) {
    if (!(cause instanceof Failure)) throw cause;
    return `${cause.message}${cause.hint ? `\n${cause.hint}` : ''}`;
  }
}
