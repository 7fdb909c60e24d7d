import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { fail } from '../errors.ts';
import type { Plan } from '../message/message.ts';
import { formatMinute, pluralize } from '../output/units.ts';
import { isBlocking, type SendBlock } from '../services/send-guard.ts';
import { describeOptOut } from '../services/validate/recipient.ts';
import { listFirst } from '../views/opt-outs.ts';

type Blocked<K> = [Plan, Extract<SendBlock, { kind: K }>];

/** Maximum number of destinations named in a message. */
const maxNamed = 5;

/**
 * Refuses to send blocked messages. If the block is overridden or another channel may deliver the message, only notes it.
 * @throws Failure `destination.opted-out`, `window.closed`
 */
export function refuse(blocks: ReadonlyMap<Plan, SendBlock>, context: Context): void {
  const all = [...blocks];
  const of = <K extends SendBlock['kind']>(kind: K) =>
    all.filter((one): one is Blocked<K> => one[1].kind === kind);
  const out = of('opted out');
  const closed = of('window closed').filter(([, { hasFallback }]) => !hasFallback);
  const carried = of('window closed').filter(([, { hasFallback }]) => hasFallback);
  const { info } = context.notices;
  const blockedOut = out.filter(([, block]) => isBlocking(block));
  const blockedClosed = closed.filter(([, block]) => isBlocking(block));
  if (blockedOut.length > 0) refuseOptedOut(blockedOut, context);
  if (blockedClosed.length > 0) refuseClosed(blockedClosed);
  if (out.length > 0) info(`note: sending to ${pluralize(out.length, 'opted-out destination')} anyway`);
  if (closed.length > 0)
    info(`note: sending to ${pluralize(closed.length, 'destination')} outside the 24-hour window anyway`);
  if (carried.length > 0)
    info(
      `note: WhatsApp will refuse the text to ${listDestinations(carried)}: ${windowClosed}; the next channel may deliver it`,
    );
}

const windowClosed = 'their last message is more than 24 hours old';

function listDestinations(all: readonly [Plan, SendBlock][]): string {
  return listFirst(
    all.slice(0, maxNamed).map(([{ to }]) => to),
    all.length,
  );
}

function refuseOptedOut(out: readonly Blocked<'opted out'>[], context: Context): never {
  const describe = (verb: string, [{ to }, { optOut }]: Blocked<'opted out'>) =>
    `${to} ${verb}${describeOptOut(optOut)}`;
  const [only, ...others] = out;
  const numbers = out.map(([{ to }]) => to);
  const list = numbers.length > maxNamed ? 'NUMBER...' : numbers.join(' ');
  fail(
    'usage',
    'destination.opted-out',
    only && others.length === 0
      ? describe('opted out ', only)
      : `${out.length} destinations opted out: ${listFirst(
          out.slice(0, maxNamed).map((one) => describe('', one)),
          out.length,
        )}`,
    `\`qlara optout remove ${list}${repeatFlags(context)}\` opts in again; --override-opt-out REASON sends anyway`,
  );
}

function refuseClosed(closed: readonly Blocked<'window closed'>[]): never {
  const each = closed.map(([{ to }, { last }]) => `${to} on ${formatMinute(last)}`);
  fail(
    'usage',
    'window.closed',
    `WhatsApp accepts free-form text only within 24 hours of their last message: ${listFirst(each.slice(0, maxNamed), each.length)}`,
    'send a template with --template ID; if they wrote since, --ignore-window REASON sends anyway',
  );
}
