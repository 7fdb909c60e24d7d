import type { EventIntake, RecordedEvent } from '../../ledger/api.ts';
import type { Clock } from '../deps.ts';

/** Milliseconds between two looks: a message that is going to be known is known soon. */
const pauses = [1_000, 3_000, 10_000, 60_000];

/**
 * Looks again for the messages that receipts spoke of before anybody here knew them: one may be told of sooner than
 * the answer to its send. `nudge` says that there are new ones. Runs until the clock throws.
 */
export function matchOrphansPeriodically(
  hearing: Pick<EventIntake, 'matchOrphans'>,
  clock: Clock,
): { nudge(): void; run(noted: (noted: readonly RecordedEvent[]) => void): Promise<never> } {
  let step = 0;
  let wake = () => {};
  return {
    nudge() {
      // Where they come all the time, each look is for all of them.
      step = step >= pauses.length ? 0 : Math.min(step, 1);
      wake();
    },
    async run(noted) {
      for (;;) {
        const pause = pauses[step];
        const nudged = new Promise<void>((resolve) => {
          wake = resolve;
        });
        if (pause === undefined) await Promise.race([nudged, clock.sleep(2 ** 31 - 1)]);
        else {
          step++;
          await clock.sleep(pause);
          const found = await hearing.matchOrphans(clock.now());
          if (found.length > 0) noted(found);
        }
      }
    },
  };
}
