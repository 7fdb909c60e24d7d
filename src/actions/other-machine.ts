import type { Ledger } from '../ledger/api.ts';
import type { Clock } from '../services/deps.ts';

/** A process on another machine is known to be gone after so many milliseconds without a heartbeat. */
const longestMs = 65_000;

/**
 * Waits where a process on another machine that uses the same ledger was sending these messages or bulks, until it is
 * known to be gone. One that is at work is waited for no longer than a minute.
 */
export async function waitForOtherMachine(
  ids: readonly string[],
  ledger: Ledger,
  { clock, notices }: { clock: Pick<Clock, 'monotonic' | 'sleep'>; notices: { info(text: string): void } },
): Promise<void> {
  const end = clock.monotonic() + longestMs;
  for (let isTold = false; clock.monotonic() < end && (await ledger.isSentElsewhere(ids)); isTold = true) {
    if (!isTold)
      notices.info('another machine was sending this; waiting up to a minute to see if it still is');
    await clock.sleep(1_000);
  }
}
