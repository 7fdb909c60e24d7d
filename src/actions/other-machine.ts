import type { Ledger } from '../ledger/api.ts';
import type { Clock } from '../services/deps.ts';

/** Milliseconds without a heartbeat after which a process on another machine counts as dead. */
const heartbeatTimeoutMs = 65_000;

/**
 * Waits if a process on another machine with the same ledger was sending these messages or bulks, until it counts as
 * dead. Waits at most about a minute for one that is still running.
 */
export async function waitForOtherMachine(
  ids: readonly string[],
  ledger: Ledger,
  { clock, notices }: { clock: Pick<Clock, 'monotonic' | 'sleep'>; notices: { info(text: string): void } },
): Promise<void> {
  const end = clock.monotonic() + heartbeatTimeoutMs;
  for (let isNoted = false; clock.monotonic() < end && (await ledger.isSentElsewhere(ids)); isNoted = true) {
    if (!isNoted)
      notices.info('another process may still be sending this; waiting up to a minute to find out');
    await clock.sleep(1_000);
  }
}
