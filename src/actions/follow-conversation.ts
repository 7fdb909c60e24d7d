import type { Context } from '../app/context.ts';

/** Interval at which to check the ledger for events that a listener recorded, in milliseconds. */
const ledgerPollIntervalMs = 100;

/**
 * Yields the items that `load` returns. With an `interval` in milliseconds, loads again and again, and at once when a
 * listener records an event; yields each key once.
 */
export async function* followConversation<T>(
  load: () => Promise<readonly T[]>,
  getKey: (one: T) => string,
  interval: number | undefined,
  context: Context,
): AsyncGenerator<T> {
  const { clock, notices } = context;
  const { inbounds } = await context.ledger();
  const seen = new Set<string>();
  for (;;) {
    const place = await inbounds.latestPlace();
    if (seen.size === 0) notices.startSpinner('asking the gateway');
    const found = await load();
    notices.stopSpinner();
    for (const one of found) {
      const key = getKey(one);
      if (seen.has(key)) continue;
      seen.add(key);
      yield one;
    }
    if (interval === undefined) return;
    for (const until = clock.monotonic() + interval; clock.now() < until; ) {
      if (context.outputClosed()) return;
      await clock.sleep(Math.min(ledgerPollIntervalMs, interval));
      if ((await inbounds.latestPlace()) !== place) break;
    }
  }
}
