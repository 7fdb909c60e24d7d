import { type ExitKind, fail } from '../errors.ts';
import { type Delivery, isFinal, statusOf } from '../message/delivery.ts';
import { isFailed } from '../message/status.ts';
import type { Context } from './context.ts';

/** How a run over these messages ended; whether all are final counts only where one waited for it. */
export function endOf(deliveries: readonly Delivery[], waited: boolean): ExitKind {
  if (deliveries.some((delivery) => isFinal(delivery) && isFailed(statusOf(delivery)))) return 'failed';
  return waited && !deliveries.every(isFinal) ? 'pending' : 'ok';
}

/** Says what is still open. @throws Failure `wait.timeout` */
export function unfinished(deliveries: readonly Delivery[], { settings }: Context): never {
  const open = deliveries.filter((delivery) => !isFinal(delivery));
  const flags = settings.sandbox ? ' --sandbox' : '';
  const [first] = open;
  const which =
    open.length === 1 && first ? first.plan.id : `${open.length} of ${deliveries.length} messages`;
  fail(
    'pending',
    'wait.timeout',
    `time ran out: ${which} not final`,
    `\`qlara status${flags} --watch${open.length === 1 ? ` ${which}` : ''}\` goes on waiting`,
  );
}
