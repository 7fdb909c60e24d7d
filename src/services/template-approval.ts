import { Failure, fail } from '../errors.ts';
import type { Templates } from '../gateway/partner/templates.ts';
import type { Template } from '../message/template.ts';
import type { Instant } from '../message/time.ts';
import type { Deps } from './deps.ts';

/** Whether the review of a template has ended. */
export function isDecided({ status }: Template): boolean {
  return status === 'approved' || status === 'rejected';
}

/**
 * Follows a template until its review has ended or the deadline has come, yielding it first as it is and then
 * whenever its status is another. A gateway that does not answer for a while is waited for.
 * @throws Failure `template.unknown` when it is gone, and when the key is refused
 */
export async function* watchApproval(
  begun: Template,
  templates: Templates,
  interval: number,
  deadline: Instant,
  { clock, note }: Pick<Deps, 'clock' | 'note'>,
): AsyncGenerator<Template> {
  let last = begun;
  yield last;
  for (let silent = false; !isDecided(last); ) {
    const left = deadline - clock.monotonic();
    if (left <= 0) return;
    await clock.sleep(Math.min(interval, left));
    try {
      const now = await templates.get(last.channel, last.id);
      if (now === undefined)
        fail(
          'usage',
          'template.unknown',
          `template ${last.id} is gone`,
          'it was deleted while it was watched',
        );
      silent = false;
      if (now.status === last.status) continue;
      last = now;
      yield last;
    } catch (cause) {
      if (!(cause instanceof Failure) || cause.kind !== 'gateway') throw cause;
      if (!silent) note(`${cause.message}; still trying`);
      silent = true;
    }
  }
}
