import type { Context } from '../app/context.ts';
import { contextFlags } from '../app/repeat-flags.ts';
import { fail } from '../errors.ts';
import type { Plan } from '../message/message.ts';
import { many, minuteOf } from '../output/units.ts';
import type { Objection } from '../services/send-guard.ts';
import { firstOf, sinceWhen } from '../views/opt-outs.ts';

type Against<K> = [Plan, Extract<Objection, { kind: K }>];

/** Destinations named, at most. */
const most = 5;

/**
 * Refuses to send what something speaks against, or, where it is forced or another channel may carry it, only says so.
 * @throws Failure `destination.opted-out`, `window.closed`
 */
export function refuse(objections: ReadonlyMap<Plan, Objection>, context: Context): void {
  const all = [...objections];
  const of = <K extends Objection['kind']>(kind: K) =>
    all.filter((one): one is Against<K> => one[1].kind === kind);
  const out = of('opted out');
  const closed = of('window closed').filter(([, { isCarried }]) => !isCarried);
  const carried = of('window closed').filter(([, { isCarried }]) => isCarried);
  const { note } = context.talk;
  if (all.some(([{ forced }]) => forced !== undefined)) {
    if (out.length > 0) note(`note: ${areWritten(out.length, 'opted-out destination')} to all the same`);
    if (closed.length > 0)
      note(`note: ${areWritten(closed.length, 'destination')} to past the 24 hours all the same`);
  } else {
    if (out.length > 0) refuseOut(out, context);
    if (closed.length > 0) refuseClosed(closed);
  }
  if (carried.length > 0)
    note(`note: WhatsApp will not carry the text to ${named(carried)}: ${tooLate}; the next channel may`);
}

function areWritten(count: number, what: string): string {
  return `${many(count, what)} ${count === 1 ? 'is' : 'are'} written`;
}

const tooLate = 'they last wrote more than 24 hours ago';

function named(all: readonly [Plan, Objection][]): string {
  return firstOf(
    all.slice(0, most).map(([{ to }]) => to),
    all.length,
  );
}

function refuseOut(out: readonly Against<'opted out'>[], context: Context): never {
  const each = out.map(([{ to }, { optOut }]) => `${to} has opted out, ${sinceWhen(optOut)}`);
  const numbers = out.map(([{ to }]) => to);
  const list = numbers.length > most ? 'NUMBER...' : numbers.join(' ');
  fail(
    'usage',
    'destination.opted-out',
    out.length === 1
      ? (each[0] ?? '')
      : `${out.length} destinations want no messages: ${firstOf(each.slice(0, most), each.length)}`,
    `once they want messages again, \`qlara optout remove ${list}${contextFlags(context)}\`; --force REASON sends all the same`,
  );
}

function refuseClosed(closed: readonly Against<'window closed'>[]): never {
  const each = closed.map(([{ to }, { last }]) => `${to} on ${minuteOf(last)}`);
  fail(
    'usage',
    'window.closed',
    `free-form WhatsApp reaches people for 24 hours after they wrote: ${firstOf(each.slice(0, most), each.length)} for the last time`,
    'send a template with --template ID; if they have written since, --force REASON sends all the same',
  );
}
