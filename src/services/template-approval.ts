import { fail } from '../errors.ts';
import type { Templates } from '../gateway/templates.ts';
import type { Template } from '../message/template.ts';
import type { Instant } from '../message/time.ts';
import type { Deps } from './deps.ts';
import { poll } from './poll.ts';

/** Reports whether the review of a template has ended. */
export function isDecided({ status }: Template): boolean {
  return status === 'approved' || status === 'rejected';
}

/**
 * Follows a template until its review ends or the deadline passes. Yields it at once, and again whenever its status
 * changes. Keeps asking while the gateway does not answer.
 * @throws Failure `template.unknown` when it is gone, and when the key is refused
 */
export async function* watchApproval(
  template: Template,
  templates: Templates,
  interval: number,
  deadline: Instant,
  { clock, note }: Pick<Deps, 'clock' | 'note'>,
): AsyncGenerator<Template> {
  let last = template;
  yield last;
  const left = () => deadline - clock.monotonic();
  const pause = () => clock.sleep(Math.max(Math.min(interval, left()), 0));
  if (isDecided(last) || left() <= 0) return;
  await pause();
  for await (const { now } of poll(ask, pause, note)) {
    if (now === undefined)
      fail('usage', 'template.unknown', `template ${last.id} is gone`, 'it was deleted in the meantime');
    if (now.status !== last.status) yield now;
    last = now;
    if (isDecided(last) || left() <= 0) return;
  }

  async function ask(): Promise<{ now: Template | undefined }> {
    return { now: await templates.get(last.channel, last.id) };
  }
}
