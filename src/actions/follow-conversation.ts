import type { Context } from '../app/context.ts';

/** Between two looks whether a listener has heard something, in milliseconds. */
const glance = 100;

/**
 * What `look` finds; with an `interval` what it finds then, again and again, each thing once. What a listener hears
 * is there at once.
 */
export async function* followConversation<T>(
  look: () => Promise<readonly T[]>,
  keyOf: (one: T) => string,
  interval: number | undefined,
  context: Context,
): AsyncGenerator<T> {
  const { clock, notices } = context;
  const { inbounds } = await context.ledger();
  const told = new Set<string>();
  for (;;) {
    const place = await inbounds.latestPlace();
    if (told.size === 0) notices.startSpinner('asking the gateway');
    const found = await look();
    notices.stopSpinner();
    for (const one of found) {
      const key = keyOf(one);
      if (told.has(key)) continue;
      told.add(key);
      yield one;
    }
    if (interval === undefined) return;
    for (const until = clock.monotonic() + interval; clock.now() < until; ) {
      if (context.outputClosed()) return;
      await clock.sleep(Math.min(glance, interval));
      if ((await inbounds.latestPlace()) !== place) break;
    }
  }
}
