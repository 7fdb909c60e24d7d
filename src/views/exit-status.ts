import type { Context } from '../app/context.ts';
import { repeatFlags } from '../app/repeat-flags.ts';
import { type ExitKind, fail } from '../errors.ts';
import { parseRowId } from '../message/bulk.ts';
import { type Delivery, isFinal, isInDoubt, statusOf } from '../message/delivery.ts';
import { isFailed } from '../message/event.ts';

/** Returns the exit kind for these messages. Messages that are not final count only if the run waited for them. */
export function getExitKind(deliveries: readonly Delivery[], waited: boolean): ExitKind {
  if (waited && deliveries.some(isInDoubt)) return 'doubt';
  if (deliveries.some((delivery) => isFinal(delivery) && isFailed(statusOf(delivery)))) return 'failed';
  return waited && !deliveries.every(isFinal) ? 'pending' : 'ok';
}

/** Reports messages in doubt and how to settle them. @throws Failure `send.in-doubt` */
export function failInDoubt(deliveries: readonly Delivery[], context: Context): never {
  const doubts = deliveries.filter(isInDoubt);
  const [first] = doubts;
  const isOne = doubts.length === 1 && first !== undefined;
  const flags = repeatFlags(context);
  const ids = isOne ? first.plan.id : 'ID...';
  return fail(
    'doubt',
    'send.in-doubt',
    isOne
      ? `${ids} may have been sent${first.reason === null ? '' : `: ${first.reason}`}`
      : `${doubts.length} of ${deliveries.length} messages may have been sent; there is no proof either way`,
    `\`qlara status${flags} ${ids}\` asks again and never sends; \`qlara resolve${flags} ${ids} --sent --reason TEXT\` (or --not-sent) settles ${isOne ? 'it' : 'them'} by hand`,
  );
}

/** Reports messages that are not final. @throws Failure `wait.timeout`, `wait.not-sent` */
export function failUnfinished(deliveries: readonly Delivery[], context: Context): never {
  const open = deliveries.filter((delivery) => !isFinal(delivery));
  const [first] = open;
  const one = open.length === 1 && first ? first.plan.id : undefined;
  const which = one ?? `${open.length} of ${deliveries.length} messages`;
  const flags = repeatFlags(context);
  if (open.every(({ phase }) => phase === 'queued')) {
    const [bulk, ...others] = new Set(open.map(({ plan }) => parseRowId(plan.id)?.bulk));
    const again = `run the send command again${one ? ` with --id ${one}` : ''}`;
    fail(
      'pending',
      'wait.not-sent',
      `${which} not sent yet`,
      bulk !== undefined && others.length === 0
        ? `to send ${one ? 'it' : 'them'}, run \`qlara bulk resume ${bulk}${flags}\``
        : again,
    );
  }
  fail(
    'pending',
    'wait.timeout',
    `timed out: ${which} not final`,
    `\`qlara status${flags}${one ? ` ${one}` : ''} --watch\` continues waiting`,
  );
}
