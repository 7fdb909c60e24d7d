import type { Context } from '../app/context.ts';
import { poll } from '../services/poll.ts';

/** Interval at which to check the ledger for events that a listener recorded, in milliseconds. */
const ledgerPollIntervalMs = 100;

/**
 * Yields the items that `load` returns, each key once. With an interval, loads again and again, and at once when a
 * listener records an event; a gateway that fails later is asked again.
 */
export async function* followConversation<T>(
  load: () => Promise<readonly T[]>,
  getKey: (one: T) => string,
  intervalMs: number | undefined,
  context: Pick<Context, 'clock' | 'notices' | 'ledger' | 'outputClosed'>,
): AsyncGenerator<T> {
  const { clock, notices } = context;
  const { inbounds } = await context.ledger();
  const seen = new Set<string>();
  const onlyNew = (found: readonly T[]) =>
    found.filter((one) => {
      const key = getKey(one);
      return !seen.has(key) && seen.add(key);
    });
  notices.startSpinner('asking the gateway');
  let place = await inbounds.latestPlace();
  const first = await load().finally(() => notices.stopSpinner());
  yield* onlyNew(first);
  if (intervalMs === undefined) return;

  async function pause(intervalMs: number): Promise<void> {
    for (const until = clock.monotonic() + intervalMs; clock.monotonic() < until; ) {
      if (context.outputClosed()) return;
      await clock.sleep(Math.min(ledgerPollIntervalMs, intervalMs));
      if ((await inbounds.latestPlace()) !== place) return;
    }
  }

  await pause(intervalMs);
  const ask = async () => {
    place = await inbounds.latestPlace();
    return load();
  };
  for await (const found of poll(ask, () => pause(intervalMs), notices.info)) {
    yield* onlyNew(found);
    if (context.outputClosed()) return;
  }
}
