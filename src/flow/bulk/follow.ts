import { Failure } from '../../errors.ts';
import type { Limit } from '../../ledger/pace.ts';
import type { Delivery } from '../../message/delivery.ts';
import type { Instant } from '../../message/event.ts';
import type { Tools } from '../tools.ts';
import { refresh } from '../track.ts';
import { openPacer } from './pacer.ts';

/** Messages asked for in one request. */
const batch = 100;

/**
 * Follows the messages of a bulk that were sent until each is final or the deadline has come, yielding what changed
 * in the groups in which it became known. Holds no more than a page of them. A gateway that does not answer for a
 * while is waited for. Ends early when they are not `wanted` any more.
 * @throws Failure when the key is refused
 */
export async function* followBulk(
  id: string,
  limits: readonly Limit[] | null,
  interval: number,
  deadline: Instant,
  tools: Tools,
  wanted: () => boolean,
): AsyncGenerator<Delivery[]> {
  const { ledger, clock } = tools;
  const nobody = () => {};
  const pacer = openPacer(limits, ledger.bulks, clock, nobody, nobody);
  for (let silent = false; ; ) {
    let open = 0;
    for await (const page of ledger.bulks.deliveries(id, { open: true })) {
      open += page.length;
      for (let at = 0; at < page.length; at += batch) {
        const left = deadline - clock.now();
        if (left <= 0 || !wanted()) return;
        try {
          await pacer.turn();
          const changed = await refresh(page.slice(at, at + batch), tools, left);
          if (changed.length > 0) yield changed;
          silent = false;
        } catch (cause) {
          if (!(cause instanceof Failure) || cause.kind !== 'gateway') throw cause;
          if (!silent) tools.note(`${cause.message}; still trying`);
          silent = true;
        }
      }
    }
    const left = deadline - clock.now();
    if (open === 0 || left <= 0 || !wanted()) return;
    await clock.sleep(Math.min(interval, left));
  }
}
