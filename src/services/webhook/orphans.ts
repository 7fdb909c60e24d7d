import type { EventIntake, RecordedEvent } from '../../ledger/api.ts';
import type { Clock } from '../deps.ts';

/** Milliseconds between two searches: the answer to a send usually follows soon. */
const searchDelaysMs = [1_000, 3_000, 10_000, 60_000];

/**
 * Matches receipts with messages whose gateway id was not known when the receipts came in: a receipt may be faster than
 * the answer to its send. `notify` announces new orphans. Runs until the clock throws.
 */
export function matchOrphansPeriodically(
  events: Pick<EventIntake, 'matchOrphans'>,
  clock: Clock,
): { notify(): void; run(onRecorded: (events: readonly RecordedEvent[]) => void): Promise<never> } {
  let step = 0;
  let wake = () => {};
  return {
    notify() {
      // While orphans keep coming, one search finds all of them.
      step = step >= searchDelaysMs.length ? 0 : Math.min(step, 1);
      wake();
    },
    async run(onRecorded) {
      for (;;) {
        const pause = searchDelaysMs[step];
        const notified = new Promise<void>((resolve) => {
          wake = resolve;
        });
        if (pause === undefined) await Promise.race([notified, clock.sleep(2 ** 31 - 1)]);
        else {
          step++;
          await clock.sleep(pause);
          const found = await events.matchOrphans(clock.now());
          if (found.length > 0) onRecorded(found);
        }
      }
    },
  };
}
