import type { Delivery } from '../../message/delivery.ts';
import type { Limit } from '../../message/rate-limit.ts';
import type { Deps } from '../deps.ts';
import { openRateLimiter } from '../dispatch/rate-limiter.ts';
import { isPending, type TrackedSet } from '../track.ts';

/**
 * Returns the messages of a bulk that were sent, as a set to track: a page of them is held at a time. While another
 * process sends the bulk, messages are added. `limits` says how fast to ask; null for as fast as the gateway answers.
 */
export function trackedBulk(id: string, limits: () => readonly Limit[] | null, deps: Deps): TrackedSet {
  const { bulks } = deps.ledger;
  const ignore = () => {};
  const limiter = openRateLimiter(limits, bulks, deps.clock, ignore, ignore);
  const includes = ({ bulk }: Delivery) => bulk === id;
  return {
    async *pages() {
      for await (const page of bulks.deliveries(id, { open: true, attempted: true })) {
        // Doubts belong to the process that sends the bulk: given back by two, a message would be sent twice.
        const isRunning = await bulks.isRunning(id);
        const open = page.filter((one) => isPending(one) && (!isRunning || one.phase === 'accepted'));
        if (open.length > 0) yield open;
      }
    },
    batchSize: 100,
    includes,
    catchUp: async (watcher) => (await watcher.catchUp(() => true)).filter(includes),
    update: ignore,
    isGrowing: () => bulks.isRunning(id),
    isSettled: async () => (await bulks.counts(id)).every(({ final }) => final),
    acquire: () => limiter.acquire(),
  };
}
