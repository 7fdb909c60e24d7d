import { Failure } from '../../errors.ts';
import type { EventIntake, RecordedEvent } from '../../ledger/webhook-api.ts';
import type { Clock } from '../deps.ts';

function ignoreFailure(cause: unknown): RecordedEvent[] {
  if (!(cause instanceof Failure)) throw cause;
  return [];
}

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
          // A ledger that is gone may come back: meanwhile the gateway is asked to call again.
          const found = await events.matchOrphans(clock.now()).catch(ignoreFailure);
          if (found.length > 0) onRecorded(found);
        }
      }
    },
  };
}
