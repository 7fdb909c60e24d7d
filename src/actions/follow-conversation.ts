import type { Context } from '../app/context.ts';
import { poll } from '../services/poll.ts';

/** Time between two checks whether a listener has recorded something, in milliseconds. */
const listenerCheckMs = 100;

/**
 * Yields what `look` finds, each thing once; with an interval, again and again. What a listener records is found at once,
 * and a gateway that fails later is asked again.
 */
export async function* followConversation<T>(
  look: () => Promise<readonly T[]>,
  keyOf: (one: T) => string,
  intervalMs: number | undefined,
  context: Pick<Context, 'clock' | 'notices' | 'ledger' | 'outputClosed'>,
): AsyncGenerator<T> {
  const { clock, notices } = context;
  const { inbounds } = await context.ledger();
  const known = new Set<string>();
  const onlyNew = (found: readonly T[]) =>
    found.filter((one) => {
      const key = keyOf(one);
      return !known.has(key) && known.add(key);
    });
  notices.startSpinner('asking the gateway');
  let place = await inbounds.latestPlace();
  const first = await look().finally(() => notices.stopSpinner());
  yield* onlyNew(first);
  if (intervalMs === undefined) return;

  async function pause(intervalMs: number): Promise<void> {
    for (const until = clock.monotonic() + intervalMs; clock.monotonic() < until; ) {
      if (context.outputClosed()) return;
      await clock.sleep(Math.min(listenerCheckMs, intervalMs));
      if ((await inbounds.latestPlace()) !== place) return;
    }
  }

  await pause(intervalMs);
  const ask = async () => {
    place = await inbounds.latestPlace();
    return look();
  };
  for await (const found of poll(ask, () => pause(intervalMs), notices.info)) {
    yield* onlyNew(found);
    if (context.outputClosed()) return;
  }
}
